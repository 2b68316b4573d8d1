package dev.ledgerstone.gateway.limits;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A parser of RFC 9651, section 4.2, as far as lists of items go: the client's side. */
final class StructuredFields {
  private final String text;
  private int at;

  private StructuredFields(String text) {
    this.text = text;
  }

  record Item(Object value, Map<String, Object> parameters) {
    Object parameter(String key) {
      return Objects.requireNonNull(parameters.get(key), key);
    }
  }

  record Token(String name) {}

  static final class Malformed extends RuntimeException {
    Malformed(String why) {
      super(why);
    }
  }

  static List<Item> list(String text) {
    StructuredFields in = new StructuredFields(text);
    List<Item> items = new ArrayList<>();
    in.skip(" ");
    while (!in.ended()) {
      items.add(in.item());
      in.skip(" \t");
      if (in.ended()) {
        return items;
      }
      in.expect(',');
      in.skip(" \t");
      in.check(!in.ended(), "a comma at the end");
    }
    return items;
  }

  static Item single(String text) {
    StructuredFields in = new StructuredFields(text);
    in.skip(" ");
    Item item = in.item();
    in.skip(" ");
    in.check(in.ended(), "more than an item");
    return item;
  }

  private Item item() {
    Object value = bare();
    Map<String, Object> parameters = new LinkedHashMap<>();
    while (!ended() && text.charAt(at) == ';') {
      at++;
      skip(" ");
      String key = key();
      Object parameter = true;
      if (!ended() && text.charAt(at) == '=') {
        at++;
        parameter = bare();
      }
      parameters.remove(key);
      parameters.put(key, parameter);
    }
    return new Item(value, parameters);
  }

  private Object bare() {
    check(!ended(), "nothing where a value should be");
    char c = text.charAt(at);
    if (c == '"') {
      return string();
    } else if (c == '-' || digit(c)) {
      return number();
    } else if (c == '*' || letter(c)) {
      return token();
    } else if (c == ':') {
      int end = text.indexOf(':', at + 1);
      check(end > 0, "bytes without an end");
      byte[] bytes = Base64.getDecoder().decode(text.substring(at + 1, end));
      at = end + 1;
      return bytes;
    } else if (c == '?') {
      check(at + 1 < text.length() && "01".indexOf(text.charAt(at + 1)) >= 0, "no boolean");
      at += 2;
      return text.charAt(at - 1) == '1';
    }
    throw new Malformed("no value begins with " + c);
  }

  private String string() {
    StringBuilder out = new StringBuilder();
    for (at++; !ended(); at++) {
      char c = text.charAt(at);
      if (c == '"') {
        at++;
        return out.toString();
      }
      check(c >= ' ' && c <= '~', "a string of other than ASCII");
      if (c == '\\') {
        at++;
        check(!ended() && "\"\\".indexOf(text.charAt(at)) >= 0, "a wrong escape");
        c = text.charAt(at);
      }
      out.append(c);
    }
    throw new Malformed("a string without an end");
  }

  private BigDecimal number() {
    int start = at;
    at += text.charAt(at) == '-' ? 1 : 0;
    int whole = digits();
    check(whole > 0, "a number without digits");
    int fraction = 0;
    if (!ended() && text.charAt(at) == '.') {
      at++;
      fraction = digits();
      check(fraction > 0 && fraction <= 3 && whole <= 12, "a decimal out of bounds");
    }
    check(whole <= 15, "an integer out of bounds");
    return new BigDecimal(text.substring(start, at));
  }

  private int digits() {
    int start = at;
    while (!ended() && digit(text.charAt(at))) {
      at++;
    }
    return at - start;
  }

  private Token token() {
    int start = at;
    while (!ended()
        && (alphanumeric(text.charAt(at)) || "!#$%&'*+-.^_`|~:/".indexOf(text.charAt(at)) >= 0)) {
      at++;
    }
    return new Token(text.substring(start, at));
  }

  private String key() {
    int start = at;
    check(!ended() && (lower(text.charAt(at)) || text.charAt(at) == '*'), "no key");
    while (!ended()
        && (lower(text.charAt(at))
            || digit(text.charAt(at))
            || "_-.*".indexOf(text.charAt(at)) >= 0)) {
      at++;
    }
    return text.substring(start, at);
  }

  private void skip(String which) {
    while (!ended() && which.indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private void expect(char c) {
    check(text.charAt(at) == c, "no " + c + " at " + at);
    at++;
  }

  private boolean ended() {
    return at >= text.length();
  }

  private void check(boolean good, String why) {
    if (!good) {
      throw new Malformed(why);
    }
  }

  private static boolean digit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean lower(char c) {
    return c >= 'a' && c <= 'z';
  }

  private static boolean letter(char c) {
    return lower(c) || (c >= 'A' && c <= 'Z');
  }

  private static boolean alphanumeric(char c) {
    return letter(c) || digit(c);
  }
}
