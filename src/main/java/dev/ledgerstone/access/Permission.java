package dev.ledgerstone.access;

import dev.ledgerstone.problem.RequestProblem;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One thing that may be done: {@code feature.table:action}, with {@code *} for any part.
 *
 * <p>{@code feature:action} is short for {@code feature.*:action}, and {@code *} for everything.
 */
public record Permission(String feature, String table, String action) {
  private static final Pattern TEXT =
      Pattern.compile(
          "(?<feature>[a-z_]+|\\*)(?:\\.(?<table>[a-z_0-9]+|\\*))?(?::(?<action>[a-z_]+|\\*))?");

  /** Reads one; refuses what is not of the form. */
  public static Permission of(String text) {
    Matcher parts = TEXT.matcher(text);
    if (!parts.matches() || (parts.group("action") == null && !text.equals("*"))) {
      throw new RequestProblem.Invalid(
              "scopes",
              "\"" + text + "\" is no permission",
              "write feature.table:action, with * for any part: gateway:*, ledger.ai_requests:read")
          .exception();
    }
    String table = parts.group("table");
    String action = parts.group("action");
    return new Permission(
        parts.group("feature"), table == null ? "*" : table, action == null ? "*" : action);
  }

  /** Reads one; empty where the text is none. */
  static Optional<Permission> find(String text) {
    return TEXT.matcher(text).matches() && (text.equals("*") || text.contains(":"))
        ? Optional.of(of(text))
        : Optional.empty();
  }

  /** Whether this one, which may hold stars, grants another. */
  public boolean grants(Permission wanted) {
    return covers(feature, wanted.feature)
        && covers(table, wanted.table)
        && covers(action, wanted.action);
  }

  private static boolean covers(String pattern, String value) {
    return pattern.equals("*") || pattern.equals(value);
  }

  @Override
  public String toString() {
    return feature + "." + table + ":" + action;
  }
}
