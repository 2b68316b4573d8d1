package dev.ledgerstone.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A server of OpenAI's format on a real socket that does as it is told, and remembers what it got.
 *
 * <p>A call is answered by the next queued {@link Script}, else by those set for its model, else by
 * the one in the model's name ({@link Script#parse}), else by {@link Script#answer}. One virtual
 * thread a connection.
 */
public final class FakeUpstream implements AutoCloseable {
  private static final int BACKLOG = 1024;

  private final ServerSocket server;
  private final boolean isSecure;
  private final boolean isRemembering;
  private final @Nullable ServedLog servedLog;
  private volatile @Nullable Script usual;
  private final Map<String, Script> byModel = new ConcurrentHashMap<>();
  private final Map<String, Queue<Script>> firstByModel = new ConcurrentHashMap<>();
  private final Queue<Script> queue = new ConcurrentLinkedQueue<>();
  private final Queue<Received> received = new ConcurrentLinkedQueue<>();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicLong served = new AtomicLong();

  private FakeUpstream(
      int port, @Nullable SSLContext tls, boolean isRemembering, @Nullable ServedLog servedLog)
      throws IOException {
    this.isSecure = tls != null;
    this.isRemembering = isRemembering;
    this.servedLog = servedLog;
    InetAddress loopback = InetAddress.getLoopbackAddress();
    if (tls == null) {
      server = new ServerSocket();
      server.setReuseAddress(true);
      server.bind(new InetSocketAddress(loopback, port), BACKLOG);
    } else {
      server = tls.getServerSocketFactory().createServerSocket(port, BACKLOG, loopback);
    }
    Thread.ofVirtual().name("fake-upstream").start(this::accept);
  }

  /** On a free port, remembering every request. */
  public static FakeUpstream start() {
    return start(null);
  }

  /** The same over TLS. */
  public static FakeUpstream start(@Nullable SSLContext tls) {
    try {
      return new FakeUpstream(0, tls, true, null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Runs until it is killed: {@code [--port N] [--served FILE]}. Prints its port, alone on a line,
   * when it listens; remembers nothing but the ids that it served to the end, in the file.
   */
  public static void main(String[] args) throws Exception {
    int port = 0;
    ServedLog log = null;
    for (int i = 0; i + 1 < args.length; i += 2) {
      switch (args[i]) {
        case "--port" -> port = Integer.parseInt(args[i + 1]);
        case "--served" -> log = new ServedLog(Path.of(args[i + 1]));
        default -> throw new IllegalArgumentException("no such option: " + args[i]);
      }
    }
    try (FakeUpstream upstream = new FakeUpstream(port, null, false, log)) {
      System.out.println(upstream.port());
      Thread.currentThread().join();
    }
  }

  public int port() {
    return server.getLocalPort();
  }

  /** What a client is configured with. */
  public String baseUrl() {
    return (isSecure ? "https://localhost:" : "http://127.0.0.1:") + port() + "/v1";
  }

  /** Answers every call of a model so. */
  public FakeUpstream on(String model, Script script) {
    byModel.put(model, script);
    return this;
  }

  /** Answers every call so of which nothing else was said. */
  public FakeUpstream otherwise(Script script) {
    usual = script;
    return this;
  }

  /** Answers one call of a model so, after those said before, and goes on as {@link #on} says. */
  public FakeUpstream first(String model, Script script) {
    firstByModel.computeIfAbsent(model, _ -> new ConcurrentLinkedQueue<>()).add(script);
    return this;
  }

  /** Answers one call so, after those queued before; goes before what is set for the model. */
  public FakeUpstream next(Script script) {
    queue.add(script);
    return this;
  }

  /** Every request, in the order in which they came. */
  public List<Received> received() {
    return List.copyOf(received);
  }

  /** The request of that id; waits a little for it. */
  public Received received(String id) throws InterruptedException {
    Received[] found = new Received[1];
    await(
        () -> {
          for (Received request : received) {
            if (request.id().equals(id)) {
              found[0] = request;
            }
          }
          return found[0] != null;
        });
    return found[0];
  }

  /** Calls that were served to the end. */
  public long served() {
    return served.get();
  }

  /** Connections accepted so far. */
  public int connections() {
    return connections.get();
  }

  /** Connections open now. */
  public int openConnections() {
    return open.size();
  }

  /** Waits for something that another thread brings about. */
  public static void await(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new NoSuchElementException("it did not happen within ten seconds");
      }
      Thread.sleep(1);
    }
  }

  /** Closes every connection, as a server does that stops. */
  public void closeConnections() {
    open.forEach(FakeUpstream::closeQuietly);
  }

  @Override
  public void close() throws IOException {
    server.close();
    closeConnections();
    if (servedLog != null) {
      servedLog.close();
    }
  }

  Script scriptFor(String model) {
    Script queued = queue.poll();
    if (queued != null) {
      return queued;
    }
    Queue<Script> first = firstByModel.get(model);
    Script once = first == null ? null : first.poll();
    if (once != null) {
      return once;
    }
    Script set = byModel.get(model);
    if (set != null) {
      return set;
    }
    Script other = usual;
    if (other != null) {
      return other;
    }
    return model.startsWith(Script.PREFIX) ? Script.parse(model) : Script.answer();
  }

  void remember(Received request) {
    if (isRemembering) {
      received.add(request);
    }
  }

  void countServed(Received request) {
    served.incrementAndGet();
    if (servedLog != null) {
      servedLog.append(request.id());
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        open.add(socket);
        int number = connections.incrementAndGet();
        Thread.ofVirtual()
            .start(
                () -> {
                  try (FakeConnection connection = new FakeConnection(this, socket, number)) {
                    connection.serve();
                  } catch (IOException e) {
                    // The client left, or the script wanted it so.
                  } finally {
                    closeQuietly(socket);
                    open.remove(socket);
                  }
                });
      } catch (IOException e) {
        if (!server.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // Gone either way.
    }
  }
}
