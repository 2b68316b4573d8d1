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

  private static void digits(byte[] out, int from, int count, int value) {
    int rest = value;
    for (int i = from + count - 1; i >= from; i--) {
      out[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }
}
