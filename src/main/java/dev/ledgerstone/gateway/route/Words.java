package dev.ledgerstone.gateway.route;

import java.util.Arrays;

/**
 * The words of a text's head and tail, as hashes of their letters in lower case, read without
 * making a string of any.
 *
 * <p>A sign of a script without spaces between words is a word of its own. 64 bits of FNV-1a: that
 * a word of a text is taken for another one of a rule would want a billion of texts.
 */
final class Words {
  private static final long OFFSET = 0xcbf29ce484222325L;
  private static final long PRIME = 0x100000001b3L;

  /** Longer ones are no words. */
  private static final int CHARS_PER_WORD = 12;

  private static final int CODE_SIGNS = 8;
  private static final int TABLE_SIGNS = 12;

  private long[] hashes = new long[64];
  private boolean[] beginnings = new boolean[64];
  private int count;
  private int codeSigns;
  private int tableSigns;
  private int lines;
  private boolean isFenced;

  /**
   * Reads a text.
   *
   * @param head words from its beginning, at most
   * @param tail words from its end, at most
   */
  Words(CharSequence text, int head, int tail) {
    int length = text.length();
    int read = read(text, 0, length, head);
    if (tail > 0 && read < length) {
      int from = Math.max(read, length - tail * CHARS_PER_WORD);
      int before = count;
      read(text, from, length, Integer.MAX_VALUE);
      cut(before, tail);
    }
  }

  private void cut(int from, int most) {
    int surplus = count - from - most;
    if (surplus > 0) {
      System.arraycopy(hashes, from + surplus, hashes, from, most);
      System.arraycopy(beginnings, from + surplus, beginnings, from, most);
      count = from + most;
    }
  }

  /** Returns where it ended. */
  private int read(CharSequence text, int from, int to, int most) {
    int words = 0;
    boolean beginsClause = true;
    int at = from;
    while (at < to && words < most) {
      char c = text.charAt(at);
      if (isAlone(c)) {
        add((OFFSET ^ c) * PRIME, beginsClause);
        beginsClause = false;
        words++;
        at++;
      } else if (isOfWord(c)) {
        int end = endOfWord(text, at, to);
        long hash = OFFSET;
        for (; at < end; at++) {
          char letter = text.charAt(at);
          if (!isApostrophe(letter)) {
            hash = (hash ^ lower(letter)) * PRIME;
          }
        }
        add(hash, beginsClause);
        beginsClause = false;
        words++;
      } else {
        beginsClause |= sign(text, c, at);
        at++;
      }
    }
    return at;
  }

  private static int endOfWord(CharSequence text, int from, int to) {
    int end = from;
    while (end < to) {
      char c = text.charAt(end);
      if (isAlone(c) || !(isOfWord(c) || isApostrophe(c))) {
        break;
      }
      end++;
    }
    return end;
  }

  /** "don't" is one word, and is the same without it. */
  private static boolean isApostrophe(char c) {
    return c == '\'' || c == '’';
  }

  /** Counts what code and tables are made of; says whether a clause ends. */
  private boolean sign(CharSequence text, char c, int at) {
    switch (c) {
      case '{', '}', ';', '=', '<', '>', '(', '[' -> codeSigns++;
      case '`' ->
          isFenced |=
              at + 2 < text.length() && text.charAt(at + 1) == '`' && text.charAt(at + 2) == '`';
      case '|', '\t' -> tableSigns += 2;
      case ',' -> tableSigns += isDigit(text, at - 1) || isDigit(text, at + 1) ? 1 : 0;
      case '\n' -> lines++;
      default -> {}
    }
    return switch (c) {
      case '.', '!', '?', ':', ';', '\n', ',', '-', '"', '(', '、', '。', '¿', '¡', '，', '：' -> true;
      default -> false;
    };
  }

  private static boolean isDigit(CharSequence text, int at) {
    return at >= 0 && at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9';
  }

  private static char lower(char c) {
    return c < 128 ? (c >= 'A' && c <= 'Z' ? (char) (c + 32) : c) : Character.toLowerCase(c);
  }

  private static boolean isOfWord(char c) {
    return c < 128
        ? (c >= 'a' && c <= 'z')
            || (c >= 'A' && c <= 'Z')
            || (c >= '0' && c <= '9')
            || c == '+'
            || c == '#'
            || c == '_'
        : Character.isLetterOrDigit(c);
  }

  /** Chinese and Japanese signs. */
  private static boolean isAlone(char c) {
    return c >= 0x3040 && c <= 0x9FFF;
  }

  private void add(long hash, boolean beginsClause) {
    if (count == hashes.length) {
      hashes = Arrays.copyOf(hashes, count * 2);
      beginnings = Arrays.copyOf(beginnings, count * 2);
    }
    hashes[count] = hash;
    beginnings[count] = beginsClause;
    count++;
  }

  int count() {
    return count;
  }

  long hash(int word) {
    return hashes[word];
  }

  /** Whether something begins with this word: the text, a sentence, a line, a part of one. */
  boolean beginsClause(int word) {
    return beginnings[word];
  }

  boolean looksLikeCode() {
    return isFenced || (codeSigns >= CODE_SIGNS && codeSigns * 12 > count);
  }

  boolean looksLikeTable() {
    return lines >= 3 && tableSigns >= TABLE_SIGNS;
  }
}
