package dev.ledgerstone.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** Callers of a server, each with a connection and a key of its own at a time. */
final class Load {
  /**
   * What a load saw.
   *
   * @param micros of every answered call, sorted; of streams until the first event
   * @param failed calls that were not answered as they should
   */
  record Result(long[] micros, int failed, Duration took) {
    double perSecond() {
      return micros.length / (took.toNanos() / 1e9);
    }

    double millis(double quantile) {
      return micros.length == 0
          ? Double.NaN
          : micros[(int) Math.min(micros.length - 1L, (long) (micros.length * quantile))] / 1000.0;
    }
  }

  private static final Duration SPREAD = Duration.ofSeconds(1);

  private final int port;
  private final List<String> keys;
  private final AtomicInteger turn = new AtomicInteger();

  Load(int port, List<String> keys) {
    this.port = port;
    this.keys = keys;
  }

  /**
   * Loads the server. Callers of streams begin one after the other within a {@link #SPREAD}, and
   * are counted behind it: streams of equal length that begin together would do so for ever.
   *
   * @param pauseMillis mean of the exponential pause between a caller's calls; 0: none
   */
  Result run(int callers, Duration length, boolean isStream, String model, double pauseMillis)
      throws InterruptedException {
    List<List<Long>> seen = new ArrayList<>();
    AtomicInteger failed = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    long spread = isStream ? SPREAD.toNanos() : 0;
    long begin = System.nanoTime();
    long start = begin + spread;
    long end = start + length.toNanos();
    for (int i = 0; i < callers; i++) {
      List<Long> mine = new ArrayList<>();
      seen.add(mine);
      Duration pause =
          Duration.ofNanos(Math.max(0, begin + spread * i / callers - System.nanoTime()));
      Thread.sleep(pause);
      threads.add(
          Thread.ofVirtual()
              .start(() -> call(start, end, isStream, model, pauseMillis, mine, failed)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    long[] micros = seen.stream().flatMap(List::stream).mapToLong(Long::longValue).toArray();
    Arrays.sort(micros);
    return new Result(micros, failed.get(), Duration.ofNanos(System.nanoTime() - start));
  }

  private void call(
      long start,
      long end,
      boolean isStream,
      String model,
      double pauseMillis,
      List<Long> mine,
      AtomicInteger failed) {
    byte[] head = new byte[8192];
    while (System.nanoTime() < end) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        socket.setTcpNoDelay(true);
        BufferedInputStream in = new BufferedInputStream(socket.getInputStream(), 16_384);
        OutputStream out = socket.getOutputStream();
        while (System.nanoTime() < end) {
          if (pauseMillis > 0) {
            Thread.sleep(
                Duration.ofNanos(
                    (long)
                        (-pauseMillis
                            * 1e6
                            * Math.log(1 - ThreadLocalRandom.current().nextDouble()))));
          }
          byte[] request = request(isStream, model);
          long sent = System.nanoTime();
          out.write(request);
          int length = Http.readHead(in, head);
          String text = length < 0 ? "" : new String(head, 0, length, ISO_8859_1);
          if (!text.startsWith("HTTP/1.1 200")) {
            failed.incrementAndGet();
            break;
          }
          long micros;
          if (isStream) {
            in.mark(1);
            in.read(); // the first event's first byte
            micros = (System.nanoTime() - sent) / 1000;
            in.reset();
            if (!readChunks(in)) {
              failed.incrementAndGet();
              break;
            }
          } else {
            in.skipNBytes(Http.contentLength(text));
            micros = (System.nanoTime() - sent) / 1000;
          }
          if (sent >= start) {
            mine.add(micros);
          }
        }
      } catch (IOException e) {
        failed.incrementAndGet();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** Reads a chunked body; whether it came to its end with [DONE]. */
  private static boolean readChunks(InputStream in) throws IOException {
    byte[] done = "[DONE]".getBytes(UTF_8);
    boolean isDone = false;
    while (true) {
      StringBuilder size = new StringBuilder();
      int next;
      while ((next = in.read()) != '\n') {
        if (next < 0) {
          return false;
        }
        size.append((char) next);
      }
      int length = Integer.parseInt(size.toString().strip(), 16);
      byte[] chunk = in.readNBytes(length + 2);
      isDone |= Http.contains(chunk, done);
      if (length == 0) {
        return isDone;
      }
    }
  }

  private byte[] request(boolean isStream, String model) {
    String key = keys.get(Math.floorMod(turn.getAndIncrement(), keys.size()));
    String body =
        "{\"model\":\""
            + model
            + "\","
            + (isStream ? "\"stream\":true," : "")
            + "\"temperature\":0.2,\"max_tokens\":256,\"messages\":[{\"role\":\"system\",\"content\":\"You are a helpful assistant.\"},"
            + "{\"role\":\"user\",\"content\":\""
            + "xxxxx ".repeat(140)
            + "\"}]}";
    return ("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer "
            + key
            + "\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + body)
        .getBytes(UTF_8);
  }
}
