package dev.ledgerstone.settings;

import dev.ledgerstone.base.Durations;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/** The kinds of values that settings and the configuration file know. */
final class Kinds {
  /** As much as the integer columns of milliseconds hold. */
  private static final Duration LONGEST = Duration.ofDays(24);

  /** No exponents: {@code 1e999999999} is short to write and long to compute. */
  private static final Pattern DECIMAL = Pattern.compile("[+-]?\\d{1,15}(\\.\\d{1,15})?");

  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");
  private static final Pattern ORIGIN_FORM =
      Pattern.compile("[a-z][a-z0-9+.-]{0,30}://[^\\s/?#@,A-Z]{1,260}");
  private static final Pattern SLUG = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
  private static final Pattern SCOPE =
      Pattern.compile("\\*|[a-z0-9_*-]+(\\.[a-z0-9_*-]+)?:[a-z0-9_*-]+");

  /** One line of text. */
  static final Kind<String> TEXT =
      text -> {
        if (text.isBlank()) {
          throw new Wrong("is empty", "write a text, or leave the key out");
        }
        if (CONTROL.matcher(text).find()) {
          throw new Wrong("holds control characters or line breaks", "write it on one line");
        }
        return text;
      };

  /** A text that may be empty. */
  static final Kind<String> ANY_TEXT = String::strip;

  static final Kind<Path> PATH = text -> Path.of(TEXT.read(text));

  /** A name by which other parts refer to an entry. */
  static final Kind<String> NAME =
      text -> {
        if (text.isEmpty() || text.length() > 128 || text.chars().anyMatch(c -> c <= ' ')) {
          throw new Wrong("is no name", "write 1 to 128 characters without spaces");
        }
        return TEXT.read(text);
      };

  /** The part before the slash in {@code provider/model}. */
  static final Kind<String> PROVIDER_NAME =
      text -> {
        if (text.indexOf('/') >= 0) {
          throw new Wrong("holds a slash", "write a name without one: callers write name/model");
        }
        return NAME.read(text);
      };

  /** A tenant's short name. */
  static final Kind<String> SLUG_OF_TENANT =
      text -> {
        if (!SLUG.matcher(text).matches()) {
          throw new Wrong("is no tenant's name", "write lower case letters, digits and dashes");
        }
        return text;
      };

  /** What can be sent in a header. */
  static final Kind<String> HEADER =
      text -> {
        if (text.isEmpty() || text.chars().anyMatch(c -> c < ' ' || c > '~')) {
          throw new Wrong(
              "cannot be sent in a header", "write ASCII letters, digits and signs on one line");
        }
        return text;
      };

  /** A caller's secret, as it is sent. */
  static final Kind<String> KEY =
      text -> {
        if (text.length() < 8 || text.length() > 512 || text.indexOf(' ') >= 0) {
          throw new Wrong("is no key", "write 8 to 512 characters without spaces");
        }
        return HEADER.read(text);
      };

  static final Kind<Boolean> BOOLEAN =
      text ->
          switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new Wrong("is neither true nor false", "write true or false");
          };

  static final Kind<Duration> DURATION = duration(LONGEST);

  /** How alike two texts are at least, as a cosine; {@code true}, the usual bound, is 1. */
  static final Kind<BigDecimal> LIKENESS =
      text -> {
        if (text.equals("true")) {
          return BigDecimal.ONE;
        }
        if (DECIMAL.matcher(text).matches()) {
          BigDecimal value = new BigDecimal(text);
          if (value.compareTo(new BigDecimal("0.5")) >= 0 && value.compareTo(BigDecimal.ONE) < 0) {
            return value;
          }
        }
        throw new Wrong("is no likeness", "write true, or a number from 0.5 to 0.99");
      };

  /** A moment: RFC 3339, or a day, which begins at midnight UTC. */
  static final Kind<Instant> INSTANT =
      text -> {
        try {
          return text.length() == 10
              ? LocalDate.parse(text).atStartOfDay().toInstant(ZoneOffset.UTC)
              : OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException _) {
          throw new Wrong("is no time", "write 2026-01-31 or 2026-01-31T12:00:00Z");
        }
      };

  static final Kind<ZoneId> ZONE =
      text -> {
        try {
          return ZoneId.of(text);
        } catch (DateTimeException _) {
          throw new Wrong("is no time zone", "write an IANA name such as Europe/Berlin, or UTC");
        }
      };

  /** An http address, without a slash at the end, without user, query or fragment. */
  static final Kind<String> URL =
      text -> {
        URI uri = uri(text);
        boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
        if (!web || uri.getHost() == null) {
          throw new Wrong("is no address of a web server", "write https://host/path");
        }
        if (uri.getRawUserInfo() != null
            || uri.getRawQuery() != null
            || uri.getRawFragment() != null) {
          throw new Wrong(
              "holds a user, a query or a fragment", "write scheme, host and path only");
        }
        String trimmed = text;
        while (trimmed.endsWith("/")) {
          trimmed = trimmed.substring(0, trimmed.length() - 1);
        }
        return trimmed;
      };

  /** An address, {@code 192.0.2.1} or {@code 2001:db8::1}. */
  static final Kind<String> ADDRESS =
      text -> {
        try {
          return InetAddress.ofLiteral(text).getHostAddress();
        } catch (IllegalArgumentException _) {
          throw new Wrong("is no address", "write an IPv4 or IPv6 address");
        }
      };

  /** An address, or a block of them: {@code 10.0.0.0/8}. */
  static final Kind<String> ADDRESS_BLOCK =
      text -> {
        int slash = text.indexOf('/');
        if (slash < 0) {
          return ADDRESS.read(text);
        }
        String address = text.substring(0, slash);
        ADDRESS.read(address);
        whole(0, address.indexOf(':') < 0 ? 32 : 128).read(text.substring(slash + 1));
        return text;
      };

  /** Where a browser's script is from, as it says so itself (RFC 6454); or a star. */
  static final Kind<String> ORIGIN =
      text -> {
        if (!text.equals("*") && !ORIGIN_FORM.matcher(text).matches()) {
          throw new Wrong(
              "is no origin", "write scheme, host and port alone: https://app.example, or *");
        }
        return text;
      };

  /** What a key may do: {@code gateway:*}. */
  static final Kind<String> PERMISSION =
      text -> {
        if (!SCOPE.matcher(text).matches()) {
          throw new Wrong(
              "is no scope", "write feature:action or feature.table:action, such as gateway:*");
        }
        return text;
      };

  /** A group of an identity provider, and the role of who is in it. */
  static final Kind<String> GROUP_ROLE =
      text -> {
        int sign = text.lastIndexOf('=');
        if (sign < 1 || sign == text.length() - 1) {
          throw new Wrong("is no group with its role", "write it like platform-admins=ADMIN");
        }
        return text;
      };

  /** 32 bytes in base64; no message quotes them. */
  static final Kind<String> MASTER_KEY =
      text -> {
        try {
          if (Base64.getDecoder().decode(text).length == 32) {
            return text;
          }
        } catch (IllegalArgumentException _) {
          throw new Wrong("is not base64", "make one with: openssl rand -base64 32");
        }
        throw new Wrong("is not 32 bytes long", "make one with: openssl rand -base64 32");
      };

  private Kinds() {}

  /** Several values in one text, with commas between them. */
  record ListOf<T>(Kind<T> each) implements Kind<List<T>> {
    @Override
    public List<T> read(String text) throws Wrong {
      List<T> values = new ArrayList<>();
      for (String part : text.split(",")) {
        if (!part.isBlank()) {
          values.add(each.read(part.strip()));
        }
      }
      return List.copyOf(values);
    }
  }

  static Kind<Long> whole(long min, long max) {
    return text -> {
      try {
        long number = Long.parseLong(text);
        if (number >= min && number <= max) {
          return number;
        }
      } catch (NumberFormatException _) {
        throw new Wrong("is no whole number", "write digits only, from " + min + " to " + max);
      }
      throw new Wrong("is out of bounds", "write a number from " + min + " to " + max);
    };
  }

  static Kind<Integer> integer(int min, int max) {
    Kind<Long> whole = whole(min, max);
    return text -> Math.toIntExact(whole.read(text));
  }

  static Kind<Duration> duration(Duration longest) {
    return duration(Duration.ofMillis(1), longest);
  }

  static Kind<Duration> duration(Duration shortest, Duration longest) {
    return text -> {
      Duration duration =
          Durations.parse(text)
              .orElseThrow(
                  () ->
                      new Wrong(
                          "is no duration",
                          "write a number and its unit: 500ms, 30s, 10m, 1h, 1d"));
      if (duration.compareTo(shortest) < 0 || duration.compareTo(longest) > 0) {
        throw new Wrong(
            "is out of bounds",
            "write a duration from " + Durations.text(shortest) + " to " + Durations.text(longest));
      }
      return duration;
    };
  }

  /**
   * An amount of dollars, never below zero.
   *
   * @param most so that the amount in the ledger's unit fits a long
   * @param decimals that the ledger's unit has
   */
  static Kind<BigDecimal> dollars(long most, int decimals) {
    return text -> {
      if (!DECIMAL.matcher(text).matches()) {
        throw new Wrong("is no amount of dollars", "write a decimal number such as 0.60");
      }
      BigDecimal amount = new BigDecimal(text);
      if (amount.signum() < 0) {
        throw new Wrong("is negative", "write an amount of dollars of 0 or more");
      }
      if (amount.compareTo(BigDecimal.valueOf(most)) > 0) {
        throw new Wrong("is too large", "write at most " + most);
      }
      if (amount.stripTrailingZeros().scale() > decimals) {
        throw new Wrong("has too many decimals", "write at most " + decimals + " of them");
      }
      return amount;
    };
  }

  static <E extends Enum<E>> Kind<E> oneOf(Class<E> type) {
    List<E> all = List.of(type.getEnumConstants());
    List<String> names = all.stream().map(Enum::name).toList();
    return text -> {
      int index = names.indexOf(text);
      if (index < 0) {
        throw new Wrong(
            "is not known", "write one of " + String.join(", ", names) + meant(text, names));
      }
      return all.get(index);
    };
  }

  static Kind<String> oneOf(String... names) {
    List<String> all = List.of(names);
    return text -> {
      if (!all.contains(text)) {
        throw new Wrong(
            "is not known", "write one of " + String.join(", ", all) + meant(text, all));
      }
      return text;
    };
  }

  /** The ending of a mend: the word that was meant, if it can be guessed. */
  static String meant(String word, List<String> candidates) {
    return Nearest.to(word, candidates).map(each -> "; did you mean " + each + "?").orElse("");
  }

  private static URI uri(String text) throws Wrong {
    try {
      return URI.create(text);
    } catch (IllegalArgumentException _) {
      throw new Wrong("is no URL", "write https://host/path");
    }
  }
}
