package dev.ledgerstone.gateway.provider.gemini;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What kind of file a name or an URL promises; Gemini wants to be told. */
final class MediaTypes {
  private static final Map<String, String> BY_ENDING =
      Map.ofEntries(
          Map.entry("png", "image/png"),
          Map.entry("jpg", "image/jpeg"),
          Map.entry("jpeg", "image/jpeg"),
          Map.entry("webp", "image/webp"),
          Map.entry("gif", "image/gif"),
          Map.entry("heic", "image/heic"),
          Map.entry("heif", "image/heif"),
          Map.entry("pdf", "application/pdf"),
          Map.entry("txt", "text/plain"),
          Map.entry("md", "text/markdown"),
          Map.entry("html", "text/html"),
          Map.entry("csv", "text/csv"),
          Map.entry("mp3", "audio/mp3"),
          Map.entry("wav", "audio/wav"),
          Map.entry("flac", "audio/flac"),
          Map.entry("ogg", "audio/ogg"),
          Map.entry("mp4", "video/mp4"),
          Map.entry("mov", "video/mov"),
          Map.entry("webm", "video/webm"));

  private MediaTypes() {}

  /** By what stands behind the last dot of an URL's path; null: that says nothing. */
  static @Nullable String ofName(String url) {
    int end = url.length();
    for (char c : new char[] {'?', '#'}) {
      int at = url.indexOf(c);
      end = at >= 0 && at < end ? at : end;
    }
    String path = url.substring(0, end);
    String ending = path.substring(path.lastIndexOf('.') + 1);
    return BY_ENDING.get(ending.toLowerCase(Locale.ROOT));
  }
}
