package dev.ledgerstone.gateway.upstream;

import dev.ledgerstone.gateway.provider.Target;
import dev.ledgerstone.gateway.provider.UpstreamFailure;
import dev.ledgerstone.gateway.provider.UpstreamFailure.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * A POST, written as bytes while it is described: the head goes out as it stands here.
 *
 * <p>Made by {@link UpstreamClient#post}, which has written the request line and {@code Host}.
 */
public final class UpstreamRequest {
  /** A body up to this size is sent in one write with its head: one packet, one system call. */
  private static final int ONE_WRITE = 64 * 1024;

  private static final byte[] NOTHING = {};

  /** RFC 9110, section 5.6.2. */
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

  private static final Set<String> RESERVED = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

  static {
    Collections.addAll(
        RESERVED,
        "Accept-Encoding",
        "Connection",
        "Content-Encoding",
        "Content-Length",
        "Content-Type",
        "Expect",
        "Host",
        "Keep-Alive",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "X-Client-Request-Id");
  }

  private final Target target;
  private final Origin origin;
  private byte[] head = new byte[512];
  private int length;
  private byte[] body = NOTHING;

  UpstreamRequest(Target target, Origin origin, String path) throws UpstreamFailure {
    this.target = target;
    this.origin = origin;
    append(origin.requestLine());
    text("path", path);
    append(origin.protocolAndHost());
  }

  /** Adds a header of a name that the program knows. */
  public UpstreamRequest header(String name, String value) throws UpstreamFailure {
    append(name);
    append(": ");
    text(name, value);
    append("\r\n");
    return this;
  }

  /**
   * Adds a header that somebody configured.
   *
   * @throws UpstreamFailure if it frames or identifies the request, or if name or value hold what
   *     HTTP does not allow (RFC 9110, section 5.5); its message leaves the value out, which may be
   *     a secret
   */
  public UpstreamRequest configured(String name, String value) throws UpstreamFailure {
    if (!TOKEN.matcher(name).matches() || RESERVED.contains(name)) {
      throw refused(name);
    }
    return header(name, value);
  }

  /** Sets the body, which is JSON. The array is not copied. */
  public UpstreamRequest json(byte[] json) throws UpstreamFailure {
    return body("application/json", json);
  }

  /** Sets the body. The array is not copied. */
  public UpstreamRequest body(String contentType, byte[] bytes) throws UpstreamFailure {
    body = bytes;
    append("Accept-Encoding: identity\r\nContent-Type: ");
    text("Content-Type", contentType);
    append("\r\nContent-Length: ");
    append(Integer.toString(bytes.length));
    append("\r\n");
    return this;
  }

  Target target() {
    return target;
  }

  Origin origin() {
    return origin;
  }

  void writeTo(Connection connection) throws IOException {
    int total = length + 2 + body.length;
    boolean isOneWrite = total <= ONE_WRITE;
    byte[] first = Arrays.copyOf(head, isOneWrite ? total : length + 2);
    first[length] = '\r';
    first[length + 1] = '\n';
    if (isOneWrite) {
      System.arraycopy(body, 0, first, length + 2, body.length);
      connection.write(first);
    } else {
      connection.write(first);
      connection.write(body);
    }
  }

  private void append(String ascii) {
    room(ascii.length());
    byte[] bytes = ascii.getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(bytes, 0, head, length, bytes.length);
    length += bytes.length;
  }

  /** Appends what was set from outside: a line end in it would be a header of its own. */
  private void text(String name, String text) throws UpstreamFailure {
    room(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c < ' ' && c != '\t') || c > '~') {
        throw refused(name);
      }
      head[length++] = (byte) c;
    }
  }

  private void room(int more) {
    if (length + more > head.length) {
      head = Arrays.copyOf(head, Math.max(length + more, head.length * 2));
    }
  }

  private UpstreamFailure refused(String name) {
    return new UpstreamFailure(
        Kind.NOT_SENT,
        origin + ": \"" + name.replaceAll("[^!-~]", "?") + "\" is not a header that can be sent",
        null);
  }
}
