package dev.ledgerstone.gateway.upstream;

import dev.ledgerstone.gateway.provider.UpstreamAnswer;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;

/** An answer whose body is still on its way; reads its connection to the end and gives it back. */
final class Answer implements UpstreamAnswer {
  /** Length of a body whose end something in it marks. */
  static final long UNKNOWN = Long.MAX_VALUE;

  /** Up to this an upstream's word is taken for how long its answer will be. */
  private static final int BELIEVED = 64 << 10;

  /** What becomes of the connection. */
  interface Ending {
    void run(boolean isWhole);
  }

  private final ClassicHttpResponse head;
  private final Exchange exchange;
  private final Connection connection;
  private final Body body;
  private final Ending ending;

  Answer(
      ClassicHttpResponse head,
      InputStream decoded,
      long length,
      Exchange exchange,
      Connection connection,
      Ending ending) {
    this.head = head;
    this.exchange = exchange;
    this.connection = connection;
    this.ending = ending;
    this.body = new Body(decoded, length);
  }

  @Override
  public int status() {
    return head.getCode();
  }

  @Override
  public Optional<String> header(String name) {
    return Optional.ofNullable(head.getFirstHeader(name)).map(Header::getValue);
  }

  @Override
  public InputStream body() {
    return body;
  }

  @Override
  public void close() {
    body.close();
  }

  private final class Body extends InputStream {
    private final InputStream decoded;
    private long left;
    private boolean isEnded;
    private boolean isClosed;

    Body(InputStream decoded, long length) {
      this.decoded = decoded;
      this.left = length;
      if (length == 0) {
        end();
      }
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (isEnded) {
        return -1;
      }
      if (isClosed) {
        throw new IOException("the answer is closed");
      }
      if (length == 0) {
        return 0;
      }
      try {
        int n = decoded.read(bytes, offset, length);
        left -= n;
        if (n < 0 || left == 0) {
          end();
        }
        return n;
      } catch (IOException e) {
        close();
        throw exchange.bodyFailure(e, connection.isLate());
      }
    }

    /** Of a known length, no more is made than is read; the usual way takes pieces of 16 KB. */
    @Override
    public byte[] readNBytes(int most) throws IOException {
      if (left > Math.min(most, BELIEVED)) {
        return super.readNBytes(most);
      }
      byte[] whole = new byte[(int) left];
      int n = readNBytes(whole, 0, whole.length);
      return n == whole.length ? whole : Arrays.copyOf(whole, n);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int available() throws IOException {
      return isEnded || isClosed ? 0 : decoded.available();
    }

    /** Does not wait for the rest of the body: it may be minutes away. */
    @Override
    public void close() {
      if (!isEnded && !isClosed) {
        isClosed = true;
        ending.run(false);
      }
    }

    private void end() {
      isEnded = true;
      ending.run(true);
    }
  }
}
