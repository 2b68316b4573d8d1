package dev.ledgerstone.gateway.media;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

/**
 * How long a file of sound is, as far as its bytes tell.
 *
 * @param isExact whether the file says it; else it is by the first frame's rate, or by a usual one
 * @param mostMillis no file of so many bytes is longer
 */
record Sound(long millis, boolean isExact, long mostMillis) {
  /** Opus and AMR go down to about 6 kbit a second. Silence may be stored in less: see docs. */
  private static final long LEAST_BYTES_PER_SECOND = 600;

  private static final long MOST_SAMPLES_PER_SECOND = 384_000;

  /** 32 kbit a second: speech as telephones record it. */
  private static final long USUAL_BYTES_PER_SECOND = 4000;

  /** Of MPEG 1 and of MPEG 2, layer III, in kbit a second, by the header's index. */
  private static final int[] MPEG_1 = {
    0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320
  };

  private static final int[] MPEG_2 = {
    0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160
  };

  static Sound of(byte[] file) {
    long most = millis(file.length, LEAST_BYTES_PER_SECOND);
    long wave = wave(file);
    if (wave >= 0) {
      return new Sound(wave, true, wave);
    }
    long rate = mp3(file);
    return new Sound(
        millis(file.length, rate > 0 ? rate : USUAL_BYTES_PER_SECOND), false, most);
  }

  private static long millis(long bytes, long bytesPerSecond) {
    return Math.ceilDiv(bytes * 1000, bytesPerSecond);
  }

  /**
   * Of RIFF WAVE: the bytes that are there by the rate of its {@code fmt} chunk; -1: it is none. A
   * file that claims a higher rate than its samples have would be billed too little: the rate is
   * the one that the samples' size and number a second make.
   */
  private static long wave(byte[] file) {
    if (file.length < 44 || !is(file, 0, "RIFF") || !is(file, 8, "WAVE")) {
      return -1;
    }
    long rate = 0;
    int at = 12;
    while (at + 8 <= file.length) {
      long size = number(file, at + 4, 4);
      if (is(file, at, "fmt ") && at + 24 <= file.length) {
        rate = rate(file, at + 8);
      } else if (is(file, at, "data")) {
        return rate == 0 ? -1 : millis(Math.min(size, file.length - at - 8L), rate);
      }
      long next = at + 8 + size + (size & 1);
      if (next > file.length) {
        break;
      }
      at = (int) next;
    }
    return -1;
  }

  /** Bytes a second of samples that are not packed; 0: they are, or it cannot be believed. */
  private static long rate(byte[] file, int format) {
    long kind = number(file, format, 2);
    long samples = number(file, format + 4, 4);
    boolean isPlain = kind == 1 || kind == 3 || kind == 0xFFFE;
    return isPlain && samples <= MOST_SAMPLES_PER_SECOND
        ? samples * number(file, format + 12, 2)
        : 0;
  }

  /** Bytes a second by the first frame of layer III; 0: there is none. */
  private static long mp3(byte[] file) {
    int at = 0;
    if (file.length > 10 && is(file, 0, "ID3")) {
      at =
          10
              + (file[6] & 0x7F) * (1 << 21)
              + (file[7] & 0x7F) * (1 << 14)
              + (file[8] & 0x7F) * (1 << 7)
              + (file[9] & 0x7F);
    }
    if (at + 4 > file.length
        || (file[at] & 0xFF) != 0xFF
        || (file[at + 1] & 0xE0) != 0xE0
        || (file[at + 1] & 0x06) != 0x02) {
      return 0;
    }
    int index = (file[at + 2] & 0xF0) >> 4;
    if (index == 15) {
      return 0;
    }
    boolean isFirst = (file[at + 1] & 0x18) == 0x18;
    return (isFirst ? MPEG_1 : MPEG_2)[index] * 1000L / 8;
  }

  private static boolean is(byte[] file, int at, String mark) {
    byte[] bytes = mark.getBytes(ISO_8859_1);
    for (int i = 0; i < bytes.length; i++) {
      if (at + i >= file.length || file[at + i] != bytes[i]) {
        return false;
      }
    }
    return true;
  }

  private static long number(byte[] file, int at, int length) {
    long number = 0;
    for (int i = length - 1; i >= 0; i--) {
      number = (number << 8) | (file[at + i] & 0xFF);
    }
    return number;
  }
}
