package dev.ledgerstone.http.openapi;

import dev.ledgerstone.base.Sha256;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.GZIPOutputStream;

/**
 * Bytes that are sent again and again: made once, compressed once, known by their hash.
 *
 * @param etag of what they say; weak, for the compressed form has it too
 */
record Page(String type, byte[] plain, byte[] zipped, String etag) {
  private static final Header REVALIDATE =
      HeaderValues.createCached(HeaderNames.CACHE_CONTROL, "no-cache");
  private static final Header GZIP =
      HeaderValues.createCached(HeaderNames.CONTENT_ENCODING, "gzip");
  private static final Header NOSNIFF =
      HeaderValues.createCached(HeaderNames.create("x-content-type-options"), "nosniff");

  static Page of(String type, byte[] bytes) {
    try {
      byte[] hash = Sha256.of(bytes);
      ByteArrayOutputStream zipped = new ByteArrayOutputStream(bytes.length / 4 + 64);
      try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
        out.write(bytes);
      }
      String etag = "W/\"" + HexFormat.of().formatHex(hash, 0, 16) + "\"";
      return new Page(type, bytes, zipped.toByteArray(), etag);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A file beside this class. */
  static Page ofResource(String type, String name) {
    try (InputStream in = Page.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the program lacks " + name);
      }
      return of(type, in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * @param vary the request headers on which the answer depends, the encoding apart
   */
  void send(ServerRequest request, ServerResponse response, String vary) {
    response.header(REVALIDATE).header(NOSNIFF);
    response.header(HeaderNames.ETAG, etag);
    response.header(
        HeaderNames.VARY, vary.isEmpty() ? "Accept-Encoding" : "Accept-Encoding, " + vary);
    if (isKnown(request)) {
      response.status(Status.NOT_MODIFIED_304).send();
      return;
    }
    response.header(HeaderNames.CONTENT_TYPE, type);
    if (takesGzip(request)) {
      response.header(GZIP).send(zipped);
    } else {
      response.send(plain);
    }
  }

  private boolean isKnown(ServerRequest request) {
    return request.headers().first(HeaderNames.IF_NONE_MATCH).isPresent()
        && request.headers().get(HeaderNames.IF_NONE_MATCH).allValues(true).stream()
            .anyMatch(tag -> tag.equals("*") || strong(tag).equals(strong(etag)));
  }

  private static String strong(String tag) {
    return tag.startsWith("W/") ? tag.substring(2) : tag;
  }

  /** RFC 9110, section 12.5.3: named, and not with a weight of nothing. */
  private static boolean takesGzip(ServerRequest request) {
    return request.headers().contains(HeaderNames.ACCEPT_ENCODING)
        && request.headers().get(HeaderNames.ACCEPT_ENCODING).allValues(true).stream()
            .map(coding -> coding.replace(" ", ""))
            .anyMatch(coding -> coding.matches("(?i)(?:x-)?gzip(?:;q=(?:1.*|0\\.\\d*[1-9]\\d*))?"));
  }

  @Override
  public boolean equals(@org.jspecify.annotations.Nullable Object other) {
    return other instanceof Page page && Arrays.equals(plain, page.plain);
  }

  @Override
  public int hashCode() {
    return etag.hashCode();
  }
}
