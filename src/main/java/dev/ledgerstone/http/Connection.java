package dev.ledgerstone.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One TCP connection: stands between the socket and the web server's HTTP/1.1 reader and writer, so
 * that every byte passes here and no peer can hold a thread for ever.
 *
 * <p>The web server itself sets no deadline to a head or a body that stops half-way, nor to a peer
 * that takes no bytes; it closes idle connections when a stop begins; and it does not close a
 * connection whose answer said {@code Connection: close}. All three are mended here and in {@link
 * Front}.
 */
final class Connection implements ServerConnection, ConnectionContext {
  /** The connection that the current thread serves. */
  static final ScopedValue<Connection> CURRENT = ScopedValue.newInstance();

  private static final long NEVER = Long.MAX_VALUE;

  /** With the watch's tick less than a second: a model that nobody listens to costs money. */
  private static final long LOOK_AFTER_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** What a connection is busy with. */
  private enum Phase {
    IDLE,
    HEAD,
    REQUEST
  }

  private final Connections connections;
  private final Patience patience;
  private final ConnectionContext context;
  private final HelidonSocket socket;
  private final PeerInfo peer;
  private final DataReader reader;
  private final Writer writer;
  private final ServerConnection http;

  private volatile Phase phase = Phase.IDLE;
  private volatile long readBefore = NEVER;
  private volatile long writeBefore = NEVER;
  private volatile ClientGone.@Nullable Reason shut;
  private volatile @Nullable Runnable onLeave;
  private volatile @Nullable SseWriter stream;

  // Written by the connection's own thread only.
  private @Nullable Exchange exchange;
  private long bodySince;
  private long received;
  private boolean lingers;

  // The reader that looks ahead for the peer's leaving; guarded by this.
  private @Nullable CompletableFuture<byte @Nullable []> ahead;
  private boolean reading;
  private volatile long requestSince;

  Connection(Connections connections, ConnectionContext context, ServerConnectionSelector http) {
    this.connections = connections;
    this.patience = connections.patience();
    this.context = context;
    this.socket = context.serverSocket();
    this.peer = context.remotePeer();
    this.reader = DataReader.create(this::read);
    this.writer = new Writer(context.dataWriter());
    this.http = http.connection(this);
  }

  static Connection current() {
    return CURRENT.get();
  }

  @Override
  public void handle(Limit limit) throws InterruptedException {
    connections.add(this);
    try {
      ScopedValue.where(CURRENT, this)
          .<@Nullable Void, InterruptedException>call(
              () -> {
                http.handle(limit);
                return null;
              });
    } finally {
      if (lingers) {
        linger();
      }
      connections.remove(this);
    }
  }

  /** A request's head is read and its handling begins. */
  void begin(Exchange begun) {
    exchange = begun;
    received = 0;
    bodySince = begun.arrivedNanos();
    requestSince = begun.arrivedNanos();
    readBefore = NEVER;
    phase = Phase.REQUEST;
  }

  /** The request is answered, or can no longer be. */
  void end() {
    onLeave = null;
    stream = null;
    phase = Phase.IDLE;
  }

  Exchange exchange() {
    return Objects.requireNonNull(exchange, "no request is being served");
  }

  boolean serves() {
    return phase == Phase.REQUEST;
  }

  int maxBodyBytes() {
    return connections.maxBodyBytes();
  }

  boolean stopping() {
    return connections.draining();
  }

  /** After a refusal the rest of what the peer sends is thrown away for a while. */
  void lingerAtEnd() {
    lingers = true;
  }

  /** What to do when the peer leaves while its request is being served. */
  void onLeave(Runnable action) {
    onLeave = action;
  }

  /** The head of the answer goes out with its first bytes, in one packet and one system call. */
  void joinHead() {
    writer.join();
  }

  /** After the first bytes. */
  void headJoined() {
    writer.joined();
  }

  /** The stream to be kept alive; null when it has ended. */
  void stream(@Nullable SseWriter open) {
    stream = open;
  }

  /** Drops the connection from any thread; whoever reads or writes on it fails with the reason. */
  void shut(ClientGone.Reason why) {
    if (shut == null) {
      shut = why;
    }
    try {
      socket.close();
    } catch (UncheckedIOException _) {
      // It was closed by the peer in the same moment.
    }
  }

  /** Called every so often by the watch of {@link Connections}. */
  void check(long now) {
    if (now >= readBefore || now >= writeBefore) {
      shut(ClientGone.Reason.STALLED);
      return;
    }
    if (phase == Phase.REQUEST) {
      SseWriter open = stream;
      if (open != null) {
        open.keepAlive(now);
      }
      if (onLeave != null && now - requestSince > LOOK_AFTER_NANOS) {
        lookAhead();
      }
    }
  }

  private static long in(Duration wait) {
    return System.nanoTime() + wait.toNanos();
  }

  // --- reading

  private byte @Nullable [] read() {
    readBefore =
        switch (phase) {
          case IDLE -> in(patience.idle());
          case HEAD -> readBefore;
          case REQUEST -> bodySince + patience.transferNanos(received);
        };
    byte[] bytes;
    try {
      bytes = take();
    } catch (UncheckedIOException | CompletionException e) {
      throw gone(e);
    }
    if (bytes == null) {
      if (phase == Phase.IDLE) {
        return null;
      }
      throw gone(null);
    }
    switch (phase) {
      case IDLE -> {
        phase = Phase.HEAD;
        readBefore = in(patience.head());
      }
      case HEAD -> {}
      case REQUEST -> {
        readBefore = NEVER;
        received += bytes.length;
        // Chunked framing of any sane client adds less than the body itself.
        if (received > 2L * connections.maxBodyBytes() + (1 << 20)) {
          throw gone(null);
        }
      }
    }
    return bytes;
  }

  private byte @Nullable [] take() {
    CompletableFuture<byte @Nullable []> earlier;
    synchronized (this) {
      earlier = ahead;
      ahead = null;
      reading = earlier == null;
    }
    if (earlier != null) {
      return earlier.join();
    }
    try {
      return socket.get();
    } finally {
      synchronized (this) {
        reading = false;
      }
    }
  }

  /**
   * Reads while the request is being served, to learn that the peer has left; what it reads instead
   * is kept for the next {@link #take}. Begun late, so that short requests pay nothing for it.
   */
  private void lookAhead() {
    CompletableFuture<byte @Nullable []> next = new CompletableFuture<>();
    synchronized (this) {
      if (reading || ahead != null || phase != Phase.REQUEST) {
        return;
      }
      ahead = next;
    }
    Thread.startVirtualThread(
        () -> {
          try {
            byte[] bytes = socket.get();
            next.complete(bytes);
            if (bytes == null) {
              left();
            }
          } catch (RuntimeException e) {
            next.completeExceptionally(e);
            left();
          }
        });
  }

  /** The peer has left: tells the request's handler, if it asked for it. */
  void left() {
    Runnable action = onLeave;
    onLeave = null;
    if (action != null) {
      action.run();
    }
  }

  private ClientGone gone(@Nullable Throwable cause) {
    ClientGone.Reason why = shut;
    return new ClientGone(why == null ? ClientGone.Reason.LEFT : why, cause);
  }

  private void linger() {
    readBefore = in(patience.linger());
    try {
      while (take() != null) {
        // Thrown away: closing with unread bytes would reset the connection, answer and all.
      }
    } catch (UncheckedIOException | CompletionException _) {
      // The peer closed, or the time is up.
    }
  }

  // --- writing

  private final class Writer implements DataWriter {
    private final DataWriter out;

    /** What waits for the write after it. */
    private @Nullable BufferData held;

    private boolean isJoining;

    private Writer(DataWriter out) {
      this.out = out;
    }

    private void join() {
      isJoining = true;
    }

    private void joined() {
      isJoining = false;
      BufferData waiting = held;
      held = null;
      if (waiting != null) {
        write(waiting);
      }
    }

    @Override
    public void write(BufferData... buffers) {
      write(BufferData.create(buffers));
    }

    @Override
    public void writeNow(BufferData... buffers) {
      write(BufferData.create(buffers));
    }

    @Override
    public void writeNow(BufferData buffer) {
      write(buffer);
    }

    @Override
    public void write(BufferData part) {
      if (isJoining && held == null) {
        held = part;
        return;
      }
      BufferData buffer = part;
      if (held != null) {
        buffer = BufferData.create(held.available() + part.available());
        buffer.write(held);
        buffer.write(part);
        held = null;
        isJoining = false;
      }
      writeBefore = System.nanoTime() + patience.transferNanos(buffer.available());
      try {
        out.writeNow(buffer);
      } catch (UncheckedIOException e) {
        throw gone(e);
      } finally {
        writeBefore = NEVER;
      }
    }
  }

  // --- what the web server asks of a connection

  /** Idle connections are closed by our own watch. */
  @Override
  public Duration idleTime() {
    return Duration.ZERO;
  }

  /** A polite close is ours to time: {@link Connections} closes when the server has drained. */
  @Override
  public void close(boolean interrupt) {
    if (interrupt) {
      shut(ClientGone.Reason.SERVER_STOPPED);
    }
  }

  @Override
  public DataReader dataReader() {
    return reader;
  }

  @Override
  public DataWriter dataWriter() {
    return writer;
  }

  @Override
  public PeerInfo remotePeer() {
    return peer;
  }

  @Override
  public ListenerContext listenerContext() {
    return context.listenerContext();
  }

  @Override
  public ExecutorService executor() {
    return context.executor();
  }

  @Override
  public Router router() {
    return context.router();
  }

  @Override
  public Optional<ProxyProtocolData> proxyProtocolData() {
    return context.proxyProtocolData();
  }

  @Override
  public HelidonSocket serverSocket() {
    return socket;
  }

  @Override
  public PeerInfo localPeer() {
    return context.localPeer();
  }

  @Override
  public boolean isSecure() {
    return context.isSecure();
  }

  @Override
  public String socketId() {
    return context.socketId();
  }

  @Override
  public String childSocketId() {
    return context.childSocketId();
  }
}
