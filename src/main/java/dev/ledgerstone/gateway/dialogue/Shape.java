package dev.ledgerstone.gateway.dialogue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Which members an object of JSON may have, at every depth; of a list, which its objects may. */
public final class Shape {
  /** Whatever it is. */
  public static final Shape ANY = new Shape(null);

  /** No object: a text, a number, a flag, or a list of them. */
  private static final Shape PLAIN = new Shape(Map.of());

  private final @Nullable Map<String, Shape> members;

  private Shape(@Nullable Map<String, Shape> members) {
    this.members = members;
  }

  /** An object whose members are plain values. */
  public static Shape of(String... names) {
    Map<String, Shape> members = new HashMap<>();
    for (String name : names) {
      members.put(name, PLAIN);
    }
    return new Shape(members);
  }

  /** The same with more members that are plain values. */
  public Shape and(String... names) {
    Shape more = this;
    for (String name : names) {
      more = more.with(name, PLAIN);
    }
    return more;
  }

  /** The same with one more member, of a shape. */
  public Shape with(String name, Shape shape) {
    Map<String, Shape> more = new HashMap<>(members == null ? Map.of() : members);
    more.put(name, shape);
    return new Shape(more);
  }

  /**
   * Members of a value that the shape lacks, by their paths, such as {@code messages.content.foo};
   * what is null or empty says nothing.
   */
  public Set<String> lacks(JsonNode value) {
    return lacks(value, "");
  }

  /** The same, below a path. */
  public Set<String> lacks(JsonNode value, String path) {
    Set<String> names = new TreeSet<>();
    if (!fits(value)) {
      lacks(value, path, names);
    }
    return names;
  }

  private void lacks(JsonNode value, String path, Set<String> names) {
    if (members == null) {
      return;
    }
    if (value.isObject()) {
      for (Map.Entry<String, JsonNode> member : value.properties()) {
        JsonNode inner = member.getValue();
        if (inner.isNull() || (inner.isContainerNode() && inner.isEmpty())) {
          continue;
        }
        String name = path.isEmpty() ? member.getKey() : path + "." + member.getKey();
        Shape shape = members.get(member.getKey());
        if (shape == null) {
          names.add(name);
        } else {
          shape.lacks(inner, name, names);
        }
      }
    } else if (value.isArray()) {
      for (JsonNode each : value) {
        lacks(each, path, names);
      }
    }
  }

  /** Whether a value has no member that the shape lacks; what is null says nothing. */
  public boolean fits(JsonNode value) {
    if (members == null) {
      return true;
    }
    if (value.isObject()) {
      for (Map.Entry<String, JsonNode> member : value.properties()) {
        Shape shape = members.get(member.getKey());
        if (!member.getValue().isNull() && (shape == null || !shape.fits(member.getValue()))) {
          return false;
        }
      }
    } else if (value.isArray()) {
      for (JsonNode each : value) {
        if (!fits(each)) {
          return false;
        }
      }
    }
    return true;
  }
}
