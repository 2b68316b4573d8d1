package dev.ledgerstone.gateway.prompts;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.problem.RequestProblem;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Turns a request that names a prompt or an agent into one that names neither. */
public final class Preparation {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final byte[] FIELD = {'"', 'p', 'r', 'o', 'm', 'p', 't', '"'};
  private static final Pattern PLACE =
      Pattern.compile("\\{\\{\\s*([A-Za-z_][A-Za-z0-9_.-]*)\\s*}}");

  private Preparation() {}

  /**
   * A request that is ready.
   *
   * @param body the client's own bytes, where nothing was named
   * @param version of the prompt that was named; null: none
   */
  public record Prepared(byte[] body, @Nullable UUID version) {}

  /**
   * Puts the prompt that {@code prompt: {name, label | version, variables}} names before the
   * request's own messages.
   *
   * @throws dev.ledgerstone.problem.ProblemException RequestProblem.Invalid, with the field's name
   */
  public static Prepared prompt(PromptBook book, UUID tenant, Manner manner, byte[] body) {
    if (!contains(body, FIELD)) {
      return new Prepared(body, null);
    }
    ObjectNode request = object(body);
    if (request == null
        || !(request.get("prompt") instanceof ObjectNode named)
        || !named.has("name")) {
      return new Prepared(body, null);
    }
    request.remove("prompt");
    PromptVersion version = version(book, tenant, named);
    manner.before(request, messages(version, values(version, named)));
    return new Prepared(bytes(request), version.id());
  }

  private static PromptVersion version(PromptBook book, UUID tenant, ObjectNode named) {
    String name = named.path("name").asText("");
    NavigableMap<Integer, PromptVersion> versions = book.prompt(tenant, name);
    if (versions == null) {
      throw invalid(
          "prompt.name",
          "there is no prompt " + name,
          "name one of " + String.join(", ", book.names(tenant).stream().limit(20).toList()));
    }
    JsonNode number = named.get("version");
    if (number != null && !number.isNull()) {
      PromptVersion version = number.isInt() ? versions.get(number.asInt()) : null;
      if (version == null) {
        throw invalid(
            "prompt.version",
            name + " has no version " + number,
            "it has versions " + versions.firstKey() + " to " + versions.lastKey());
      }
      return version;
    }
    JsonNode label = named.get("label");
    boolean isNamed = label != null && !label.isNull();
    String wanted = isNamed ? label.asText() : PromptBook.PRODUCTION;
    if (wanted.equals(PromptBook.LATEST)) {
      return versions.lastEntry().getValue();
    }
    for (PromptVersion each : versions.descendingMap().values()) {
      if (each.labels().contains(wanted)) {
        return each;
      }
    }
    if (isNamed) {
      throw invalid(
          "prompt.label",
          "no version of " + name + " has the label " + wanted,
          "name a version, or label one in prompt_versions");
    }
    return versions.lastEntry().getValue();
  }

  /** Of each variable the value; one that is unknown or missing is refused by its name. */
  static Map<String, String> values(PromptVersion version, JsonNode named) {
    Map<String, String> values = new HashMap<>();
    JsonNode given = named.path("variables");
    Set<String> known = new HashSet<>();
    for (PromptVersion.Variable variable : version.variables()) {
      known.add(variable.name());
      JsonNode value = given.get(variable.name());
      String text = value == null || value.isNull() ? variable.fallback() : PromptBook.text(value);
      if (text == null) {
        throw invalid(
            "prompt.variables." + variable.name(),
            "the prompt needs the variable " + variable.name(),
            "give it a value");
      }
      values.put(variable.name(), text);
    }
    given
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (!known.contains(name)) {
                throw invalid(
                    "prompt.variables." + name,
                    "the prompt has no variable " + name,
                    known.isEmpty() ? "leave it out" : "it has " + String.join(", ", known));
              }
            });
    return values;
  }

  /** The prompt's messages with the values in their places. */
  static ArrayNode messages(PromptVersion version, Map<String, String> values) {
    String body = version.body();
    if (body.stripLeading().startsWith("[")) {
      try {
        if (JSON.readTree(body) instanceof ArrayNode messages) {
          return (ArrayNode) filled(messages, values);
        }
      } catch (JsonProcessingException e) {
        // Text that begins with a bracket.
      }
    }
    ArrayNode messages = JsonNodeFactory.instance.arrayNode();
    messages.addObject().put("role", "system").put("content", fill(body, values));
    return messages;
  }

  /**
   * Of any depth. Arguments of a call are JSON within a text, in which a value must not end the
   * text that it stands in: they are filled as the JSON that they are, where they are that before.
   */
  private static JsonNode filled(JsonNode node, Map<String, String> values) {
    return switch (node) {
      case ArrayNode array -> {
        ArrayNode out = JsonNodeFactory.instance.arrayNode();
        array.forEach(each -> out.add(filled(each, values)));
        yield out;
      }
      case ObjectNode object -> {
        ObjectNode out = JsonNodeFactory.instance.objectNode();
        object.forEachEntry(
            (name, value) ->
                out.set(
                    name,
                    name.equals("arguments") && value.isTextual()
                        ? JsonNodeFactory.instance.textNode(arguments(value.asText(), values))
                        : filled(value, values)));
        yield out;
      }
      default ->
          node.isTextual() ? JsonNodeFactory.instance.textNode(fill(node.asText(), values)) : node;
    };
  }

  private static String arguments(String text, Map<String, String> values) {
    JsonNode json = PLACE.matcher(text).find() ? json(text) : null;
    return json == null ? fill(text, values) : filled(json, values).toString();
  }

  /** Null: it is none. */
  static @Nullable JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  /** Places of names that are no variables stay as they are. */
  static String fill(String text, Map<String, String> values) {
    return PLACE
        .matcher(text)
        .replaceAll(
            place -> {
              String value = values.get(place.group(1));
              return Matcher.quoteReplacement(value == null ? place.group() : value);
            });
  }

  /**
   * The request as an agent makes it: its system prompt first, its service as the model, its tools
   * and no others, its temperature where the request has none, its bound on the answer.
   */
  public static byte[] agent(Agent agent, Manner manner, byte[] body) {
    ObjectNode request = object(body);
    if (request == null) {
      return body;
    }
    request.put("model", agent.service() == null ? "auto" : agent.service());
    if (agent.systemPrompt() != null) {
      manner.system(request, List.of(agent.systemPrompt()));
    }
    tools(agent, manner, request);
    if (agent.temperature() != null && !request.has("temperature")) {
      request.put("temperature", manner.temperature(agent.temperature()));
    }
    Long most = agent.maxOutputTokens();
    if (most != null) {
      bound(request, manner.limits(), most);
    }
    return bytes(request);
  }

  /**
   * The agent's tools, all of them or those that the request names; as the agent has written them,
   * whatever the request says of them.
   */
  private static void tools(Agent agent, Manner manner, ObjectNode request) {
    for (String field : manner.otherTools()) {
      if (request.hasNonNull(field)) {
        throw invalid(
            field,
            "agent " + agent.name() + " has tools of its own alone",
            "leave " + field + " out");
      }
    }
    Map<String, JsonNode> own = new LinkedHashMap<>();
    agent.tools().forEach(tool -> own.put(Manner.CHAT.toolName(tool), manner.tool(tool)));
    JsonNode wanted = request.path("tools");
    ArrayNode sent = JsonNodeFactory.instance.arrayNode();
    for (JsonNode tool : wanted) {
      String name = manner.toolName(tool);
      JsonNode of = own.get(name);
      if (of == null) {
        throw invalid(
            "tools",
            "agent "
                + agent.name()
                + " has no tool "
                + (name.isEmpty() ? "of the type " + tool.path("type").asText() : name),
            own.isEmpty() ? "leave tools out" : "use " + String.join(", ", own.keySet()));
      }
      sent.add(of);
    }
    if (wanted.isEmpty()) {
      sent.addAll(own.values());
    }
    if (!sent.isEmpty()) {
      request.set("tools", sent);
    }
  }

  private static void bound(ObjectNode request, List<String> names, long most) {
    boolean isSet = false;
    for (String name : names) {
      JsonNode limit = request.get(name);
      if (limit != null && limit.isIntegralNumber()) {
        isSet = true;
        if (limit.asLong() > most) {
          request.put(name, most);
        }
      }
    }
    if (!isSet) {
      request.put(names.getLast(), most);
    }
  }

  private static @Nullable ObjectNode object(byte[] body) {
    try {
      return JSON.readTree(body) instanceof ObjectNode object ? object : null;
    } catch (IOException e) {
      return null; // whoever reads the request next says what is wrong with it
    }
  }

  private static byte[] bytes(ObjectNode request) {
    try {
      return JSON.writeValueAsBytes(request);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static RuntimeException invalid(String field, String what, String mend) {
    return new RequestProblem.Invalid(field, what, mend).exception();
  }

  private static boolean contains(byte[] body, byte[] wanted) {
    int last = body.length - wanted.length;
    for (int i = 0; i <= last; i++) {
      if (body[i] == wanted[0]) {
        int at = 1;
        while (at < wanted.length && body[i + at] == wanted[at]) {
          at++;
        }
        if (at == wanted.length) {
          return true;
        }
      }
    }
    return false;
  }
}
