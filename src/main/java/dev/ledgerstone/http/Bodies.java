package dev.ledgerstone.http;

import dev.ledgerstone.problem.RequestProblem;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.webserver.http.ServerRequest;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** Reads the bodies of requests, whole and within a limit. */
public final class Bodies {
  /** Read before the peer's Content-Length is believed: a claim alone takes no memory. */
  private static final int FIRST = 64 << 10;

  private static final byte[] NONE = {};

  private Bodies() {}

  /**
   * The body, inflated when it was sent with gzip; empty when there is none.
   *
   * @param limit the most bytes of it, as sent and as inflated; more is {@link
   *     RequestProblem.TooLarge} and is not read
   */
  public static byte[] read(ServerRequest request, int limit) {
    if (!request.content().hasEntity()) {
      return NONE;
    }
    long length = sentLength(request.headers());
    if (length > limit) {
      throw new RequestProblem.TooLarge(limit).exception();
    }
    boolean gzip = isGzip(request);
    InputStream sent = request.content().inputStream();
    try {
      return gzip ? inflate(sent, limit) : read(sent, (int) length, limit);
    } catch (NumberFormatException | DataReader.IncorrectNewLineException e) {
      // So the web server tells of a chunk whose size is no number, or whose lines do not end.
      throw new HttpProblem.BadRequest("the body's framing is broken").exception(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The Content-Length, which {@link Front} has looked at; -1 without one. */
  static long sentLength(ServerRequestHeaders headers) {
    return headers.contains(HeaderNames.CONTENT_LENGTH)
        ? Long.parseLong(headers.get(HeaderNames.CONTENT_LENGTH).get())
        : -1;
  }

  private static boolean isGzip(ServerRequest request) {
    if (!request.headers().contains(HeaderNames.CONTENT_ENCODING)) {
      return false;
    }
    String coding =
        String.join(",", request.headers().get(HeaderNames.CONTENT_ENCODING).allValues());
    return switch (coding.strip().toLowerCase(Locale.ROOT)) {
      case "gzip", "x-gzip" -> true;
      case "", "identity" -> false;
      default -> throw new HttpProblem.UnsupportedEncoding().exception();
    };
  }

  private static byte[] inflate(InputStream sent, int limit) throws IOException {
    try {
      byte[] body = read(new GZIPInputStream(sent, 8192), -1, limit);
      // What stands behind the last member belongs to the body still: the next request is after it.
      sent.transferTo(OutputStream.nullOutputStream());
      return body;
    } catch (ZipException | EOFException e) {
      throw new RequestProblem.Malformed(
              "the body is not whole gzip data", "compress it again, or send it as it is")
          .exception(e);
    }
  }

  private static byte[] read(InputStream in, int expected, int limit) throws IOException {
    byte[] bytes = new byte[expected >= 0 ? Math.min(expected + 1, FIRST) : Math.min(limit, 8192)];
    int size = 0;
    while (true) {
      int count = in.read(bytes, size, bytes.length - size);
      if (count < 0) {
        return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
      }
      size += count;
      if (size > limit) {
        throw new RequestProblem.TooLarge(limit).exception();
      }
      if (size == bytes.length) {
        bytes = Arrays.copyOf(bytes, (int) Math.min(2L * size, limit + 1L));
      }
    }
  }
}
