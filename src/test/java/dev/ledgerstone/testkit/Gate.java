package dev.ledgerstone.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A way to a TCP server that can be shut: then connections break, and new ones are refused. */
public final class Gate implements AutoCloseable {
  private final int target;
  private final int port;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile ServerSocket server;

  private Gate(int target, ServerSocket server) {
    this.target = target;
    this.server = server;
    this.port = server.getLocalPort();
  }

  /** An open way to a port of this machine. */
  public static Gate to(int target) {
    try {
      Gate gate = new Gate(target, new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
      gate.accept();
      return gate;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int port() {
    return port;
  }

  /** Breaks every connection, and refuses new ones. */
  public void shut() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cut();
  }

  /** Breaks every connection; new ones are let through. */
  public void cut() {
    sockets.forEach(Gate::close);
    sockets.clear();
  }

  public void open() {
    try {
      ServerSocket again = new ServerSocket();
      again.setReuseAddress(true);
      again.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 50);
      server = again;
      accept();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void accept() {
    ServerSocket from = server;
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                while (true) {
                  pass(from, from.accept());
                }
              } catch (IOException e) {
                // shut
              }
            });
  }

  private void pass(ServerSocket from, Socket client) throws IOException {
    try {
      Socket onward = new Socket(InetAddress.getLoopbackAddress(), target);
      sockets.add(client);
      sockets.add(onward);
      if (from.isClosed()) { // shut meanwhile: the cut may have missed it
        close(client);
        close(onward);
        return;
      }
      pump(client, onward);
      pump(onward, client);
    } catch (IOException e) {
      client.close(); // nobody is there
    }
  }

  private void pump(Socket from, Socket to) {
    Thread.ofVirtual()
        .start(
            () -> {
              try (InputStream in = from.getInputStream();
                  OutputStream out = to.getOutputStream()) {
                in.transferTo(out);
              } catch (IOException e) {
                // cut
              } finally {
                close(from);
                close(to);
                sockets.remove(from);
                sockets.remove(to);
              }
            });
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    shut();
  }
}
