package dev.ledgerstone.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ledgerstone.bench.Load.Result;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Callers of a server's routes, each with a connection that it keeps. */
final class RouteLoad {
  /** As much of an answer that was not expected as is worth telling. */
  private static final int TOLD = 300;

  private static final int READ_TIMEOUT_MILLIS = 60_000;

  private final int port;
  private final String key;

  RouteLoad(int port, String key) {
    this.port = port;
    this.key = key;
  }

  byte[] get(String path) {
    return ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\napikey: " + key + "\r\n\r\n")
        .getBytes(UTF_8);
  }

  byte[] post(String path, String body) {
    byte[] bytes = body.getBytes(UTF_8);
    byte[] head =
        ("POST "
                + path
                + " HTTP/1.1\r\nHost: localhost\r\napikey: "
                + key
                + "\r\nContent-Type: application/json\r\nPrefer: return=minimal\r\nContent-Length: "
                + bytes.length
                + "\r\n\r\n")
            .getBytes(UTF_8);
    byte[] request = Arrays.copyOf(head, head.length + bytes.length);
    System.arraycopy(bytes, 0, request, head.length, bytes.length);
    return request;
  }

  /** What one call answers, its head included. */
  String once(byte[] request) throws IOException {
    try (Connection connection = new Connection()) {
      return connection.call(request);
    }
  }

  /** What an answer of another status than that says; empty where it has it. */
  String failure(byte[] request, int status) throws IOException {
    String answer = once(request);
    return answer.startsWith("HTTP/1.1 " + status)
        ? ""
        : answer.substring(0, Math.min(TOLD, answer.length())).replaceAll("\\s+", " ");
  }

  Result run(int callers, Duration length, Supplier<byte[]> requests, int status)
      throws InterruptedException {
    List<List<Long>> seen = new ArrayList<>();
    AtomicInteger failed = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    long start = System.nanoTime();
    long end = start + length.toNanos();
    for (int i = 0; i < callers; i++) {
      List<Long> mine = new ArrayList<>();
      seen.add(mine);
      threads.add(Thread.ofVirtual().start(() -> call(end, requests, status, mine, failed)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    long[] micros = seen.stream().flatMap(List::stream).mapToLong(Long::longValue).toArray();
    Arrays.sort(micros);
    return new Result(micros, failed.get(), Duration.ofNanos(System.nanoTime() - start));
  }

  private void call(
      long end, Supplier<byte[]> requests, int status, List<Long> mine, AtomicInteger failed) {
    byte[] expected = ("HTTP/1.1 " + status).getBytes(ISO_8859_1);
    while (System.nanoTime() < end) {
      try (Connection connection = new Connection()) {
        while (System.nanoTime() < end) {
          byte[] request = requests.get();
          long sent = System.nanoTime();
          connection.skip(request);
          if (connection.begins(expected)) {
            mine.add((System.nanoTime() - sent) / 1000);
          } else {
            failed.incrementAndGet();
          }
        }
      } catch (IOException e) {
        failed.incrementAndGet();
      }
    }
  }

  private final class Connection implements AutoCloseable {
    private final Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    private final BufferedInputStream in;
    private final OutputStream out;
    private final byte[] head = new byte[8192];

    Connection() throws IOException {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(READ_TIMEOUT_MILLIS);
      in = new BufferedInputStream(socket.getInputStream(), 16_384);
      out = socket.getOutputStream();
    }

    /** Sends a request and reads the head of its answer. */
    private String ask(byte[] request) throws IOException {
      out.write(request);
      int length = Http.readHead(in, head);
      if (length < 0) {
        throw new IOException("the server closed the connection");
      }
      return new String(head, 0, length, ISO_8859_1);
    }

    String call(byte[] request) throws IOException {
      String text = ask(request);
      return text + new String(in.readNBytes(Http.contentLength(text)), UTF_8);
    }

    void skip(byte[] request) throws IOException {
      in.skipNBytes(Http.contentLength(ask(request)));
    }

    /** Whether the last answer does. */
    boolean begins(byte[] expected) {
      return Arrays.equals(head, 0, expected.length, expected, 0, expected.length);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
