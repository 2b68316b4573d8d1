package dev.ledgerstone.gateway.dialogue;

import org.jspecify.annotations.Nullable;

/** Where the bytes of an image or a document are. */
public sealed interface Source {
  /** In the request. */
  record Data(String mediaType, String base64) implements Source {}

  /**
   * On the net.
   *
   * @param mediaType null: not said
   */
  record Url(String url, @Nullable String mediaType) implements Source {
    public Url(String url) {
      this(url, null);
    }
  }

  /** With the provider, under a name that no other knows. */
  record Stored(String id) implements Source {}

  /** In the request, as text. */
  record Plain(String text) implements Source {}

  /** Of an URL: what stands in a {@code data:} URL is data. */
  static Source ofUrl(String url) {
    if (url.regionMatches(true, 0, "data:", 0, 5)) {
      int comma = url.indexOf(',');
      int base64 = comma < 0 ? -1 : url.lastIndexOf(";base64", comma);
      if (base64 > 5) {
        int end = url.indexOf(';');
        return new Data(url.substring(5, end), url.substring(comma + 1));
      }
    }
    return new Url(url);
  }

  /** The {@code data:} URL of bytes that are in the request. */
  static String dataUrl(Data data) {
    return "data:" + data.mediaType() + ";base64," + data.base64();
  }
}
