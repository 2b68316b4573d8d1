package dev.ledgerstone.settings;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts the environment into texts: <code>${NAME}</code>, <code>${NAME:-default}</code>. A second
 * dollar before it keeps a placeholder as it stands.
 */
final class Placeholders {
  private static final Pattern PLACEHOLDER =
      Pattern.compile("\\$\\$\\{|\\$\\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?})?");

  private final Map<String, String> environment;

  Placeholders(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  String fill(String text) throws Wrong {
    if (!text.contains("${")) {
      return text;
    }
    Matcher matcher = PLACEHOLDER.matcher(text);
    StringBuilder filled = new StringBuilder();
    while (matcher.find()) {
      matcher.appendReplacement(filled, Matcher.quoteReplacement(value(matcher)));
    }
    return matcher.appendTail(filled).toString();
  }

  /** As in a shell, an empty variable counts as missing where there is a default. */
  private String value(Matcher matcher) throws Wrong {
    if (matcher.group().startsWith("$$")) {
      return "${";
    }
    String name = matcher.group(1);
    if (name == null) {
      throw new Wrong(
          "begins a placeholder that is none", "write ${NAME} or ${NAME:-default}, or $${ for ${");
    }
    String value = environment.get(name);
    String standard = matcher.group(2);
    if (value == null && standard == null) {
      throw new Wrong(
          "needs " + name + ", which the environment does not have",
          "set " + name + ", or write ${" + name + ":-default}");
    }
    return standard != null && (value == null || value.isEmpty())
        ? standard
        : String.valueOf(value);
  }
}
