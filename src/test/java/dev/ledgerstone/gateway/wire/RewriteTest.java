package dev.ledgerstone.gateway.wire;

import static dev.ledgerstone.gateway.provider.Endpoint.CHAT_COMPLETIONS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A splice of bytes is an edit of the tree, and touches nothing else. */
class RewriteTest {
  private static final List<String> OURS = List.of("x_tags", "x_trace", "x_\u00e9");
  private static final List<String> DEFAULTS =
      List.of("temperature", "top_p", "max_tokens", "max_completion_tokens", "x_new");

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private static final byte[] MINIMAL =
      "{ \"model\":\"m\", \"messages\":[{\"role\":\"user\",\"content\":\"x\"}] } ".getBytes(UTF_8);

  private static String rewritten(String body, Rewrite rewrite) {
    byte[] bytes = body.replace('\'', '"').getBytes(UTF_8);
    return new String(OpenAiRequest.scan(CHAT_COMPLETIONS, bytes).rewrite(rewrite), UTF_8)
        .replace('"', '\'');
  }

  @Test
  void nothingToChangeGivesTheSameArray() {
    OpenAiRequest request = OpenAiRequest.scan(CHAT_COMPLETIONS, MINIMAL);
    assertThat(request.rewrite(Rewrite.NONE)).isSameAs(MINIMAL);
    assertThat(request.rewrite(Rewrite.NONE.withModel("m").withUsage())).isSameAs(MINIMAL);
  }

  @Test
  void eachChangeStandsWhereItWas() {
    String body =
        "{ 'x_tags': [1], 'model' : 'm' ,'stream':true,\n 'max_tokens': 9, 'stream_options': {'a':1},"
            + " 'messages':[{'role':'user','content':'x'}], 'x_trace':{} , 'x_e':0 }";
    assertThat(
            rewritten(
                body,
                Rewrite.NONE
                    .withModel("glm")
                    .withUsage()
                    .withOutputLimit(new OutputLimit("max_completion_tokens", 5))
                    .withDefault("top_p", "0.5")
                    .without(Set.of("x_tags", "x_trace", "x_e"))))
        .isEqualTo(
            "{ 'model' : 'glm' ,'stream':true,\n 'max_tokens': 5,"
                + " 'stream_options': {'include_usage':true,'a':1},"
                + " 'messages':[{'role':'user','content':'x'}],'top_p':0.5 }");
  }

  @ParameterizedTest
  @ValueSource(strings = {"model", "messages", "stream", "stream_options", "prompt", "input"})
  void whatSaysWhichCallItIsCanBeNoDefault(String field) {
    assertThatIllegalArgumentException().isThrownBy(() -> Rewrite.NONE.withDefault(field, "1"));
    assertThatIllegalArgumentException().isThrownBy(() -> Rewrite.NONE.without(Set.of(field)));
  }

  @Property
  void aRewriteIsTheEditOfTheTree(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    ObjectNode tree = body(random);
    byte[] body = print(random, tree).getBytes(UTF_8);
    Rewrite rewrite = rewrite(random);

    OpenAiRequest request = OpenAiRequest.scan(CHAT_COMPLETIONS, body);
    byte[] rewritten = request.rewrite(rewrite);

    ObjectNode expected = edit(tree, rewrite);
    assertThat(WireJson.MAPPER.readTree(rewritten)).isEqualTo(expected);
    if (expected.equals(tree)) {
      assertThat(rewritten).isSameAs(body);
    }
    untouchedValuesKeepTheirBytes(request, rewritten, tree, expected);
  }

  private static void untouchedValuesKeepTheirBytes(
      OpenAiRequest before, byte[] rewritten, ObjectNode tree, ObjectNode expected) {
    Members was = before.members();
    Members is = OpenAiRequest.scan(CHAT_COMPLETIONS, rewritten).members();
    List<String> order = new ArrayList<>(is.names());
    order.retainAll(was.names());
    List<String> orderBefore = new ArrayList<>(was.names());
    orderBefore.retainAll(is.names());
    assertThat(order).isEqualTo(orderBefore);
    for (String name : order) {
      if (tree.get(name).equals(expected.get(name))) {
        assertThat(is.raw(is.index(name))).isEqualTo(was.raw(was.index(name)));
      }
    }
    // From the start to the first change, and from the last to the end, nothing moves.
    byte[] body = before.body();
    String first = was.names().iterator().next();
    if (tree.get(first).equals(expected.get(first))) {
      int kept = was.valueEnd(0);
      assertThat(rewritten).startsWith(Arrays.copyOf(body, kept));
    }
    int end = was.valueEnd(was.size() - 1);
    assertThat(rewritten).endsWith(Arrays.copyOfRange(body, end, body.length));
  }

  /** What the rewrite says, done to the tree. */
  private static ObjectNode edit(ObjectNode tree, Rewrite rewrite) {
    ObjectNode edited = tree.deepCopy();
    edited.remove(rewrite.removed());
    if (rewrite.model() != null) {
      edited.put("model", rewrite.model());
    }
    String limited =
        tree.hasNonNull("max_tokens")
            ? "max_tokens"
            : tree.hasNonNull("max_completion_tokens") ? "max_completion_tokens" : null;
    OutputLimit limit = rewrite.outputLimit();
    if (limit != null) {
      edited.put(limited == null ? limit.field() : limited, limit.tokens());
    }
    if (rewrite.isUsageWanted() && tree.path("stream").asBoolean()) {
      ObjectNode options =
          tree.path("stream_options").isObject()
              ? tree.path("stream_options").deepCopy()
              : NODES.objectNode();
      edited.set("stream_options", options.put("include_usage", true));
    }
    new TreeMap<>(rewrite.defaults())
        .forEach(
            (name, json) -> {
              boolean isLimit = name.startsWith("max_");
              if (!tree.has(name) && !(isLimit && (limited != null || limit != null))) {
                edited.set(name, read(json));
              }
            });
    return edited;
  }

  private static Rewrite rewrite(Random random) {
    Map<String, String> defaults = new TreeMap<>();
    for (String name : DEFAULTS) {
      if (random.nextInt(4) == 0) {
        defaults.put(name, "1");
      }
    }
    // Both limits at once would be a service that contradicts itself.
    if (defaults.containsKey("max_tokens")) {
      defaults.remove("max_completion_tokens");
    }
    Set<String> removed = new HashSet<>();
    for (String name : OURS) {
      if (random.nextBoolean()) {
        removed.add(name);
      }
    }
    return new Rewrite(
        random.nextBoolean() ? null : random.nextBoolean() ? "m" : "a/\"b\"\\\u00e9\uD83D\uDE00",
        outputLimit(random),
        random.nextBoolean(),
        defaults,
        removed);
  }

  private static @Nullable OutputLimit outputLimit(Random random) {
    return switch (random.nextInt(3)) {
      case 0 -> null;
      case 1 -> new OutputLimit("max_tokens", 1 + random.nextInt(3));
      default -> new OutputLimit("max_completion_tokens", 1 + random.nextInt(3));
    };
  }

  /** A valid body, its fields in any order, with any fields of others' around them. */
  private static ObjectNode body(Random random) {
    Map<String, JsonNode> fields = new TreeMap<>();
    fields.put("model", NODES.textNode(random.nextBoolean() ? "m" : text(random) + "m"));
    fields.put(
        "messages",
        NODES.arrayNode().add(NODES.objectNode().put("role", "user").put("content", text(random))));
    if (random.nextBoolean()) {
      fields.put("stream", NODES.booleanNode(random.nextInt(3) > 0));
    }
    if (random.nextBoolean()) {
      fields.put("stream_options", streamOptions(random));
    }
    if (random.nextBoolean()) {
      fields.put(
          random.nextBoolean() ? "max_tokens" : "max_completion_tokens",
          random.nextInt(4) == 0 ? NODES.nullNode() : NODES.numberNode(1 + random.nextInt(3)));
    }
    if (random.nextInt(3) == 0) {
      fields.put("temperature", NODES.nullNode());
    }
    for (String name : OURS) {
      if (random.nextBoolean()) {
        fields.put(name, value(random, 3));
      }
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      fields.put("z" + text(random), value(random, 3));
    }
    List<String> names = new ArrayList<>(fields.keySet());
    Collections.shuffle(names, random);
    ObjectNode body = NODES.objectNode();
    names.forEach(name -> body.set(name, fields.get(name)));
    return body;
  }

  private static JsonNode streamOptions(Random random) {
    ObjectNode options = NODES.objectNode();
    switch (random.nextInt(6)) {
      case 0 -> {
        return NODES.nullNode();
      }
      case 1 -> options.put("include_usage", true);
      case 2 -> options.put("x", 1).put("include_usage", false);
      case 3 -> options.put("x", 1);
      case 4 -> options.putNull("include_usage").put("y", 1);
      default -> {}
    }
    return options;
  }

  private static JsonNode value(Random random, int depth) {
    return switch (random.nextInt(depth == 0 ? 4 : 6)) {
      case 0 -> NODES.textNode(text(random));
      case 1 -> NODES.numberNode(random.nextInt());
      case 2 -> NODES.booleanNode(random.nextBoolean());
      case 3 -> NODES.nullNode();
      case 4 -> {
        ArrayNode array = NODES.arrayNode();
        for (int i = random.nextInt(3); i > 0; i--) {
          array.add(value(random, depth - 1));
        }
        yield array;
      }
      default -> {
        ObjectNode object = NODES.objectNode();
        for (int i = random.nextInt(3); i > 0; i--) {
          object.set(text(random), value(random, depth - 1));
        }
        yield object;
      }
    };
  }

  /** Texts that look like syntax. */
  private static String text(Random random) {
    String[] bits = {"a", "\"", "\\", ",", "}", "]", ":", " ", "\n", "\u00e9", "\uD83D\uDE00", "{"};
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(6); i > 0; i--) {
      text.append(bits[random.nextInt(bits.length)]);
    }
    return text.toString();
  }

  /** JSON with any white space between tokens, and any characters escaped. */
  private static String print(Random random, JsonNode node) {
    StringBuilder json = new StringBuilder(space(random));
    if (node.isObject()) {
      String comma = "{";
      for (var field : node.properties()) {
        json.append(comma).append(space(random)).append(quote(random, field.getKey()));
        json.append(space(random)).append(':').append(print(random, field.getValue()));
        comma = ",";
      }
      json.append(node.isEmpty() ? "{" : "").append(space(random)).append('}');
    } else if (node.isArray()) {
      String comma = "[";
      for (JsonNode item : node) {
        json.append(comma).append(print(random, item));
        comma = ",";
      }
      json.append(node.isEmpty() ? "[" : "").append(space(random)).append(']');
    } else {
      json.append(node.isTextual() ? quote(random, node.asText()) : node.toString());
    }
    return json.append(space(random)).toString();
  }

  private static String quote(Random random, String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean isPlain = c >= ' ' && c != '"' && c != '\\';
      if (isPlain && (random.nextBoolean() || Character.isSurrogate(c))) {
        quoted.append(c);
      } else {
        quoted.append("\\u%04x".formatted((int) c));
      }
    }
    return quoted.append('"').toString();
  }

  private static String space(Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> " ";
      case 1 -> "\r\n\t";
      default -> "";
    };
  }

  private static JsonNode read(String json) {
    try {
      return WireJson.MAPPER.readTree(json);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
