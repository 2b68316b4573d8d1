package dev.ledgerstone.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Servers that do not speak HTTP as they should. */
public final class RawServer implements AutoCloseable {
  private final ServerSocket server;
  private final List<Socket> sockets = new ArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();

  private RawServer(int backlog) {
    try {
      server = new ServerSocket(0, backlog, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes this in answer to whatever comes first on a connection, and leaves it open. */
  public static RawServer saying(String text) {
    return serving(text, false);
  }

  /** The same, and closes. */
  public static RawServer sayingAndClosing(String text) {
    return serving(text, true);
  }

  /** Accepts connections, and never reads nor writes. */
  public static RawServer silent() {
    RawServer raw = new RawServer(50);
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                while (true) {
                  raw.keep(raw.server.accept());
                }
              } catch (IOException e) {
                // Closed.
              }
            });
    return raw;
  }

  /** Its queue of connections is full, so that one more waits for ever to be made. */
  public static RawServer unconnectable() throws IOException {
    RawServer raw = new RawServer(1);
    try {
      while (true) {
        Socket socket = new Socket();
        raw.keep(socket);
        socket.connect(raw.server.getLocalSocketAddress(), 200);
      }
    } catch (IOException e) {
      return raw;
    }
  }

  public String baseUrl() {
    return "http://127.0.0.1:" + server.getLocalPort();
  }

  public String secureBaseUrl() {
    return "https://localhost:" + server.getLocalPort();
  }

  public int connections() {
    return connections.get();
  }

  @Override
  public void close() throws IOException {
    server.close();
    synchronized (sockets) {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  private static RawServer serving(String text, boolean isClosing) {
    RawServer raw = new RawServer(50);
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                while (true) {
                  Socket socket = raw.server.accept();
                  raw.keep(socket);
                  Thread.ofVirtual().start(() -> raw.serve(socket, text, isClosing));
                }
              } catch (IOException e) {
                // Closed.
              }
            });
    return raw;
  }

  private void serve(Socket socket, String text, boolean isClosing) {
    try {
      byte[] buffer = new byte[64 * 1024];
      if (socket.getInputStream().read(buffer) > 0) {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
      }
      if (isClosing) {
        socket.close();
      }
    } catch (IOException e) {
      // The client left.
    }
  }

  private void keep(Socket socket) {
    connections.incrementAndGet();
    synchronized (sockets) {
      sockets.add(socket);
    }
  }
}
