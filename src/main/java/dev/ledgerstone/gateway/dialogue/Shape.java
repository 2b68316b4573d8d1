package dev.ledgerstone.gateway.dialogue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
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

  /** The same with one more member, which is plain or of a shape. */
  public Shape with(String name, Shape shape) {
    Map<String, Shape> more = new HashMap<>(members == null ? Map.of() : members);
    more.put(name, shape);
    return new Shape(more);
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
