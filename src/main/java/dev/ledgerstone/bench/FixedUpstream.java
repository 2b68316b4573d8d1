package dev.ledgerstone.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * An upstream of OpenAI's format that gives one answer: as cheap as blocking sockets can be.
 *
 * <p>A body with {@code "stream":true} is answered by 50 events, 20 ms apart when the model is
 * {@code mock-20ms}.
 */
final class FixedUpstream implements AutoCloseable {
  private static final int EVENTS = 50;
  private static final byte[] ANSWER = answer();
  private static final byte[] HEAD =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
          .getBytes(UTF_8);
  private static final byte[] STREAM = "\"stream\":true".getBytes(UTF_8);
  private static final byte[] SLOW = "mock-20ms".getBytes(UTF_8);

  private final ServerSocket socket;

  FixedUpstream() throws IOException {
    socket = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return socket.getLocalPort();
  }

  private static byte[] answer() {
    String body =
        """
        {"id":"chatcmpl-bench","object":"chat.completion","created":1700000000,"model":"mock","choices":[{"index":0,\
        "message":{"role":"assistant","content":"%s","refusal":null},"logprobs":null,"finish_reason":"stop"}],\
        "usage":{"prompt_tokens":211,"completion_tokens":37,"total_tokens":248,"prompt_tokens_details":{"cached_tokens":0}}}"""
            .formatted("The upstream of the benchmark always gives this answer. ".repeat(4));
    return ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + body)
        .getBytes(UTF_8);
  }

  private static byte[] event(int number) {
    String data =
        number == EVENTS
            ? "[DONE]"
            : number == EVENTS - 1
                ? "{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[],\"usage\":{\"prompt_tokens\":211,\"completion_tokens\":49,\"total_tokens\":260}}"
                : "{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"mock\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"},\"finish_reason\":"
                    + (number == EVENTS - 2 ? "\"stop\"" : "null")
                    + "}]}";
    String text = "data: " + data + "\n\n";
    return (Integer.toHexString(text.length())
            + "\r\n"
            + text
            + "\r\n"
            + (number == EVENTS ? "0\r\n\r\n" : ""))
        .getBytes(UTF_8);
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket peer = socket.accept();
        peer.setTcpNoDelay(true);
        Thread.ofVirtual().start(() -> serve(peer));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private static void serve(Socket peer) {
    try (peer) {
      BufferedInputStream in = new BufferedInputStream(peer.getInputStream(), 16_384);
      OutputStream out = peer.getOutputStream();
      byte[] head = new byte[8192];
      while (true) {
        int length = Http.readHead(in, head);
        if (length < 0) {
          return;
        }
        byte[] body =
            in.readNBytes(
                Http.contentLength(new String(head, 0, length, StandardCharsets.ISO_8859_1)));
        if (Http.contains(body, STREAM)) {
          out.write(HEAD);
          for (int i = 0; i <= EVENTS; i++) {
            if (Http.contains(body, SLOW)) {
              Thread.sleep(20);
            }
            out.write(event(i));
          }
        } else {
          out.write(ANSWER);
        }
      }
    } catch (IOException e) {
      return; // the peer left
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
