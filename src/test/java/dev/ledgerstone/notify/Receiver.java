package dev.ledgerstone.notify;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.ToIntFunction;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Receives webhooks on a real socket, and checks signatures by code of its own. */
public final class Receiver implements AutoCloseable {
  /** Makes the connection break instead of an answer. */
  public static final int BREAK = -1;

  /** Never answers, until the receiver is closed. */
  public static final int HANG = -2;

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /**
   * A message.
   *
   * @param signatures as the header lists them
   */
  public record Message(String id, long seconds, String signatures, byte[] body) {
    public JsonNode json() {
      try {
        return MAPPER.readTree(body);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    /** Whether one of the signatures is that of a secret. */
    public boolean isSignedBy(String secret) {
      try {
        byte[] key = Base64.getDecoder().decode(secret.substring("whsec_".length()));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.update((id + "." + seconds + ".").getBytes(UTF_8));
        String right = "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
        for (String each : signatures.split(" ", -1)) {
          if (each.equals(right)) {
            return true;
          }
        }
        return false;
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch closing = new CountDownLatch(1);

  /**
   * @param answer the status with which a message is answered, {@link #BREAK} or {@link #HANG}
   */
  public Receiver(ToIntFunction<Message> answer) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 200);
    server.setExecutor(threads);
    server.createContext("/", exchange -> handle(exchange, answer));
    server.start();
  }

  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/hooks?from=test";
  }

  private void handle(HttpExchange exchange, ToIntFunction<Message> answer) throws IOException {
    try (exchange) {
      Message message =
          new Message(
              exchange.getRequestHeaders().getFirst("webhook-id"),
              Long.parseLong(exchange.getRequestHeaders().getFirst("webhook-timestamp")),
              exchange.getRequestHeaders().getFirst("webhook-signature"),
              exchange.getRequestBody().readAllBytes());
      int status = answer.applyAsInt(message);
      if (status == HANG) {
        closing.await();
      } else if (status != BREAK) {
        byte[] body = "thanks".getBytes(UTF_8);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closing.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
