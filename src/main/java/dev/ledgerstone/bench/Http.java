package dev.ledgerstone.bench;

import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;

/** As much of HTTP/1.1 as the benchmark's own two ends need of each other and of our server. */
final class Http {
  private Http() {}

  /** Reads a message's head into a buffer; returns its length, -1 at the end of the stream. */
  static int readHead(InputStream in, byte[] head) throws IOException {
    int length = 0;
    while (true) {
      int next = in.read();
      if (next < 0) {
        return -1;
      }
      if (length == head.length) {
        throw new IOException("a head of more than " + head.length + " bytes");
      }
      head[length++] = (byte) next;
      if (next == '\n'
          && length >= 4
          && head[length - 2] == '\r'
          && head[length - 3] == '\n'
          && head[length - 4] == '\r') {
        return length;
      }
    }
  }

  /** The head's Content-Length; 0 if it has none. */
  static int contentLength(String head) {
    int at = head.toLowerCase(Locale.ROOT).indexOf("content-length:");
    if (at < 0) {
      return 0;
    }
    int end = head.indexOf('\r', at);
    return Integer.parseInt(head.substring(at + 15, end).strip());
  }

  static boolean contains(byte[] text, byte[] part) {
    outer:
    for (int i = 0; i <= text.length - part.length; i++) {
      for (int j = 0; j < part.length; j++) {
        if (text[i + j] != part[j]) {
          continue outer;
        }
      }
      return true;
    }
    return false;
  }
}
