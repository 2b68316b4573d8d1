package dev.ledgerstone.records.request;

import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which rows of all there are.
 *
 * @param limit empty: as many as there are
 */
public record Page(long offset, OptionalLong limit) {
  public static final Page ALL = new Page(0, OptionalLong.empty());

  private static final Pattern RANGE =
      Pattern.compile("(?:items=)?(?<from>\\d{1,18})-(?<to>\\d{0,18})");

  /** What {@code Range: 0-9} asks for; a header of another form asks for nothing. */
  public static Page ofHeader(String header) {
    Matcher parts = RANGE.matcher(header.strip());
    if (!parts.matches()) {
      return ALL;
    }
    long from = Long.parseLong(parts.group("from"));
    if (parts.group("to").isEmpty()) {
      return new Page(from, OptionalLong.empty());
    }
    long to = Long.parseLong(parts.group("to"));
    if (to < from) {
      throw new RecordsProblem.BadRange(
              "The lower boundary must be lower than or equal to the upper boundary in the Range header.",
              null)
          .exception();
    }
    return new Page(from, OptionalLong.of(to - from + 1));
  }

  Page withOffset(long other) {
    return new Page(Math.max(0, other), limit);
  }

  Page withLimit(long other) {
    if (other < 0) {
      throw new RecordsProblem.BadRange("Limit should be greater than or equal to zero.", null)
          .exception();
    }
    return new Page(offset, OptionalLong.of(other));
  }

  /** The rows that are in both. */
  public Page and(Page other) {
    long from = Math.max(offset, other.offset);
    long end = Math.min(end(), other.end());
    return end == Long.MAX_VALUE
        ? new Page(from, OptionalLong.empty())
        : new Page(from, OptionalLong.of(Math.max(0, end - from)));
  }

  /** No more rows than some. */
  public Page atMost(long rows) {
    return new Page(offset, OptionalLong.of(Math.min(limit.orElse(rows), rows)));
  }

  private long end() {
    return limit.isEmpty() ? Long.MAX_VALUE : Math.addExact(offset, limit.getAsLong());
  }
}
