package dev.ledgerstone.db;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/** Times as SQLite keeps them, and as the API writes them. */
public final class Timestamps {
  private Timestamps() {}

  /**
   * {@code YYYY-MM-DDTHH:MM:SS.ffffffZ}: fixed width, so that text sorts as time; formatted by
   * hand, for it is on the hot path.
   */
  public static String text(Instant at) {
    LocalDateTime time =
        LocalDateTime.ofEpochSecond(at.getEpochSecond(), at.getNano(), ZoneOffset.UTC);
    byte[] out = new byte[27];
    digits(out, 0, 4, time.getYear());
    out[4] = '-';
    digits(out, 5, 2, time.getMonthValue());
    out[7] = '-';
    digits(out, 8, 2, time.getDayOfMonth());
    out[10] = 'T';
    digits(out, 11, 2, time.getHour());
    out[13] = ':';
    digits(out, 14, 2, time.getMinute());
    out[16] = ':';
    digits(out, 17, 2, time.getSecond());
    out[19] = '.';
    digits(out, 20, 6, time.getNano() / 1000);
    out[26] = 'Z';
    return new String(out, java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  /** The time of a text; fast where the text is as {@link #text} writes it. */
  public static Instant instant(String text) {
    if (text.length() != 27 || text.charAt(26) != 'Z' || text.charAt(19) != '.') {
      return Instant.parse(text);
    }
    return LocalDateTime.of(
            number(text, 0, 4),
            number(text, 5, 7),
            number(text, 8, 10),
            number(text, 11, 13),
            number(text, 14, 16),
            number(text, 17, 19),
            number(text, 20, 26) * 1000)
        .toInstant(ZoneOffset.UTC);
  }

  private static int number(String text, int from, int to) {
    return Integer.parseInt(text, from, to, 10);
  }

  private static void digits(byte[] out, int from, int count, int value) {
    int rest = value;
    for (int i = from + count - 1; i >= from; i--) {
      out[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }
}
