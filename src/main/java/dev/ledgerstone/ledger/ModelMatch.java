package dev.ledgerstone.ledger;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Which names mean a model: {@code gpt-4o-2024-08-06} is {@code gpt-4o}. The clauses are those of
 * genai-prices; the case of letters does not matter.
 */
sealed interface ModelMatch {
  /** Whether a name, in lower case, means the model. */
  boolean matches(String name);

  record Equal(String name) implements ModelMatch {
    @Override
    public boolean matches(String name) {
      return name.equals(this.name);
    }
  }

  record StartsWith(String prefix) implements ModelMatch {
    @Override
    public boolean matches(String name) {
      return name.startsWith(prefix);
    }
  }

  record EndsWith(String suffix) implements ModelMatch {
    @Override
    public boolean matches(String name) {
      return name.endsWith(suffix);
    }
  }

  record Contains(String part) implements ModelMatch {
    @Override
    public boolean matches(String name) {
      return name.contains(part);
    }
  }

  record Matches(Pattern pattern) implements ModelMatch {
    @Override
    public boolean matches(String name) {
      return pattern.matcher(name).find();
    }
  }

  record AnyOf(List<ModelMatch> clauses) implements ModelMatch {
    @Override
    public boolean matches(String name) {
      for (ModelMatch clause : clauses) {
        if (clause.matches(name)) {
          return true;
        }
      }
      return false;
    }
  }

  record AllOf(List<ModelMatch> clauses) implements ModelMatch {
    @Override
    public boolean matches(String name) {
      for (ModelMatch clause : clauses) {
        if (!clause.matches(name)) {
          return false;
        }
      }
      return true;
    }
  }

  /** Exactly this name. */
  static ModelMatch equal(String name) {
    return new Equal(lower(name));
  }

  /**
   * Reads a clause.
   *
   * @throws IllegalArgumentException if it is none
   */
  static ModelMatch of(JsonNode clause) {
    if (clause.size() != 1) {
      throw new IllegalArgumentException("not a clause with one name: " + clause);
    }
    Map.Entry<String, JsonNode> only = clause.properties().iterator().next();
    JsonNode value = only.getValue();
    return switch (only.getKey()) {
      case "equals" -> equal(text(value));
      case "starts_with" -> new StartsWith(lower(text(value)));
      case "ends_with" -> new EndsWith(lower(text(value)));
      case "contains" -> new Contains(lower(text(value)));
      case "regex" -> new Matches(pattern(text(value)));
      case "or" -> new AnyOf(all(value));
      case "and" -> new AllOf(all(value));
      default -> throw new IllegalArgumentException("unknown clause: " + only.getKey());
    };
  }

  private static List<ModelMatch> all(JsonNode clauses) {
    if (!clauses.isArray() || clauses.isEmpty()) {
      throw new IllegalArgumentException("not a list of clauses: " + clauses);
    }
    List<ModelMatch> all = new ArrayList<>(clauses.size());
    clauses.forEach(clause -> all.add(of(clause)));
    return List.copyOf(all);
  }

  private static String text(JsonNode value) {
    if (!value.isTextual() || value.textValue().isEmpty()) {
      throw new IllegalArgumentException("not a text: " + value);
    }
    return value.textValue();
  }

  private static Pattern pattern(String regex) {
    try {
      return Pattern.compile(regex, Pattern.CASE_INSENSITIVE);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException("not a regular expression: " + regex, e);
    }
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
