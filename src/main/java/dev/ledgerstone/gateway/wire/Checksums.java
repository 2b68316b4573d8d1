package dev.ledgerstone.gateway.wire;

import dev.ledgerstone.gateway.wire.RedactionRule.Range;

/** Tells the number of an account from a number that looks like one. */
final class Checksums {
  private static final int MIN_CARD = 13;
  private static final int MIN_IBAN = 15;

  private Checksums() {}

  /**
   * The longest beginning, up to the end of a group of digits, that is a card's number: 13 to 19
   * digits, the last of them Luhn's (ISO/IEC 7812-1).
   */
  static Range card(CharSequence text, int from, int to) {
    int digits = 0;
    Range longest = Range.NONE;
    for (int end = from + 1; end <= to; end++) {
      if (!isDigit(text, end - 1)) {
        continue;
      }
      digits++;
      if (digits >= MIN_CARD && isGroupEnd(text, end) && isLuhn(text, from, end)) {
        longest = new Range(from, end);
      }
    }
    return longest;
  }

  private static boolean isGroupEnd(CharSequence text, int end) {
    return end == text.length()
        || !(Character.isLetterOrDigit(text.charAt(end)) || text.charAt(end) == '_');
  }

  private static boolean isLuhn(CharSequence text, int from, int to) {
    boolean isDoubled = false;
    int sum = 0;
    for (int i = to - 1; i >= from; i--) {
      if (isDigit(text, i)) {
        int digit = (text.charAt(i) - '0') * (isDoubled ? 2 : 1);
        sum += digit > 9 ? digit - 9 : digit;
        isDoubled = !isDoubled;
      }
    }
    return sum % 10 == 0;
  }

  /**
   * The longest beginning that is an account's number by its check digits: with its first four
   * characters moved to its end it is 1 modulo 97 (ISO 13616).
   */
  static Range iban(CharSequence text, int from, int to) {
    int remainder = 0;
    int characters = 4;
    Range longest = Range.NONE;
    for (int i = from + 4; i < to; i++) {
      char c = text.charAt(i);
      if (c == ' ') {
        continue;
      }
      remainder = append(remainder, c);
      characters++;
      if (characters >= MIN_IBAN && withHead(remainder, text, from) == 1) {
        longest = new Range(from, i + 1);
      }
    }
    return longest;
  }

  private static int withHead(int remainder, CharSequence text, int from) {
    int whole = remainder;
    for (int i = from; i < from + 4; i++) {
      whole = append(whole, text.charAt(i));
    }
    return whole;
  }

  /** A letter counts as two digits, A as 10. */
  private static int append(int remainder, char c) {
    return c <= '9' ? (remainder * 10 + (c - '0')) % 97 : (remainder * 100 + (c - 'A' + 10)) % 97;
  }

  private static boolean isDigit(CharSequence text, int at) {
    return text.charAt(at) >= '0' && text.charAt(at) <= '9';
  }
}
