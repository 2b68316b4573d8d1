package dev.ledgerstone.promises;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** A format of providers: how a request is understood, read by hand. */
enum ProviderSide {
  OPENAI("openai", "CUSTOM", "m", "") {
    @Override
    List<String> heard(JsonNode body) {
      List<String> heard = new ArrayList<>();
      for (JsonNode message : body.path("messages")) {
        String role = message.path("role").asText();
        if (role.equals("tool")) {
          heard.add("result " + message.path("tool_call_id").asText() + ": " + said(message));
          continue;
        }
        heard.add(role + ": " + said(message));
        for (JsonNode call : message.path("tool_calls")) {
          JsonNode function = call.path("function");
          heard.add(
              "call "
                  + call.path("id").asText()
                  + " "
                  + function.path("name").asText()
                  + ClientSide.json(function.path("arguments").asText()));
        }
      }
      int limit = body.path("max_tokens").asInt(body.path("max_completion_tokens").asInt());
      heard.add("limit " + limit);
      wish(heard, "temperature", body.path("temperature"));
      wish(heard, "stop", body.path("stop"));
      wish(heard, "user", body.path("user"));
      for (JsonNode tool : body.path("tools")) {
        JsonNode function = tool.path("function");
        heard.add(
            "tool "
                + function.path("name").asText()
                + " "
                + function.path("description").asText()
                + " "
                + function.path("parameters"));
      }
      if (body.path("tool_choice").asText().equals("required")) {
        heard.add("must call");
      }
      if (!body.path("parallel_tool_calls").asBoolean(true)) {
        heard.add("one call");
      }
      wish(heard, "schema", body.path("response_format").path("json_schema").path("schema"));
      if (body.has("reasoning_effort")) {
        heard.add("thinks");
      }
      return heard;
    }

    private String said(JsonNode message) {
      JsonNode content = message.path("content");
      return content.isArray() ? join(content) : content.asText();
    }

    private String join(JsonNode content) {
      return StreamSupport.stream(content.spliterator(), false)
          .map(
              part ->
                  switch (part.path("type").asText()) {
                    case "text" -> part.path("text").asText();
                    case "image_url" ->
                        "[image " + part.path("image_url").path("url").asText() + "]";
                    case "file" ->
                        "[file "
                            + part.path("file").path("filename").asText()
                            + " "
                            + part.path("file").path("file_data").asText()
                            + "]";
                    case "input_audio" ->
                        "[sound "
                            + part.path("input_audio").path("format").asText()
                            + " "
                            + part.path("input_audio").path("data").asText()
                            + "]";
                    default -> throw new AssertionError("no part of a test's: " + part);
                  })
          .collect(Collectors.joining("|"));
    }
  },
  ANTHROPIC("anthropic", "ANTHROPIC", "claude-sonnet-4-5", "EqoBCkgIARABGAIiQL8K") {
    @Override
    List<String> heard(JsonNode body) {
      List<String> heard = new ArrayList<>();
      if (body.has("system")) {
        heard.add("system: " + blocks(body.path("system"), heard));
      }
      for (JsonNode message : body.path("messages")) {
        List<String> others = new ArrayList<>();
        String said = blocks(message.path("content"), others);
        String line = message.path("role").asText() + ": " + said;
        // Results stand before what the user says, calls behind what the assistant does.
        if (message.path("role").asText().equals("user")) {
          heard.addAll(others);
          heard.add(line);
        } else {
          heard.add(line);
          heard.addAll(others);
        }
      }
      heard.add("limit " + body.path("max_tokens").asInt());
      wish(heard, "temperature", body.path("temperature"));
      wish(heard, "stop", body.path("stop_sequences"));
      wish(heard, "user", body.path("metadata").path("user_id"));
      for (JsonNode tool : body.path("tools")) {
        heard.add(
            "tool "
                + tool.path("name").asText()
                + " "
                + tool.path("description").asText()
                + " "
                + tool.path("input_schema"));
      }
      if (body.path("tool_choice").path("type").asText().equals("any")) {
        heard.add("must call");
      }
      if (body.path("tool_choice").path("disable_parallel_tool_use").asBoolean()) {
        heard.add("one call");
      }
      wish(heard, "schema", unnamed(body.path("output_config").path("format").path("schema")));
      if (body.path("thinking").path("type").asText().equals("enabled")) {
        heard.add("thinks");
      }
      return heard;
    }

    private String blocks(JsonNode content, List<String> others) {
      if (content.isTextual()) {
        return content.asText();
      }
      List<String> said = new ArrayList<>();
      for (JsonNode block : content) {
        JsonNode source = block.path("source");
        switch (block.path("type").asText()) {
          case "text" -> said.add(block.path("text").asText());
          case "image" -> said.add("[image " + url(source) + "]");
          case "document" ->
              said.add("[file " + block.path("title").asText() + " " + url(source) + "]");
          case "tool_use" ->
              others.add(
                  "call "
                      + block.path("id").asText()
                      + " "
                      + block.path("name").asText()
                      + block.path("input"));
          case "tool_result" ->
              others.add(
                  "result "
                      + block.path("tool_use_id").asText()
                      + ": "
                      + blocks(block.path("content"), others));
          default -> throw new AssertionError("no block of a test's: " + block);
        }
      }
      return String.join("|", said);
    }

    private String url(JsonNode source) {
      return source.has("url")
          ? source.path("url").asText()
          : "data:"
              + source.path("media_type").asText()
              + ";base64,"
              + source.path("data").asText();
    }
  },
  GEMINI("gemini", "GOOGLE", "gemini-2.5-pro", "gemini:EqoBCkgIARABGAIiQL8L") {
    /** Its calls have no ids, its files no names, and its schemas words of their own. */
    @Override
    String canHear(String said) {
      return said.replaceFirst("\nuser \"[^\n]*", "")
          .replaceFirst("\none call", "")
          .replaceAll("\ncall call_[0-9] ", "\ncall ")
          .replaceAll("\nresult call_[0-9]:", "\nresult get_weather:")
          .replace("[file a.pdf ", "[file ")
          .replace("\"object\"", "\"OBJECT\"")
          .replace("\"string\"", "\"STRING\"")
          .replace("\"integer\"", "\"INTEGER\"")
          .replace(",\"additionalProperties\":false", "")
          .replace(
              ",\"required\":[\"name\"",
              ",\"propertyOrdering\":[\"name\",\"age\"],\"required\":[\"name\"");
    }

    @Override
    String dropped(String dialogue) {
      return switch (dialogue) {
        case "text" -> "user";
        case "tools" -> "parallel_tool_calls";
        case "images" -> "filename";
        default -> "";
      };
    }

    @Override
    List<String> heard(JsonNode body) {
      List<String> heard = new ArrayList<>();
      if (body.has("systemInstruction")) {
        heard.add("system: " + parts(body.path("systemInstruction"), heard, heard));
      }
      for (JsonNode content : body.path("contents")) {
        List<String> before = new ArrayList<>();
        List<String> behind = new ArrayList<>();
        String said = parts(content, before, behind);
        heard.addAll(before);
        heard.add(
            (content.path("role").asText().equals("model") ? "assistant: " : "user: ") + said);
        heard.addAll(behind);
      }
      JsonNode config = body.path("generationConfig");
      heard.add("limit " + config.path("maxOutputTokens").asInt());
      wish(heard, "temperature", config.path("temperature"));
      wish(heard, "stop", config.path("stopSequences"));
      for (JsonNode tool : body.path("tools").path(0).path("functionDeclarations")) {
        heard.add(
            "tool "
                + tool.path("name").asText()
                + " "
                + tool.path("description").asText()
                + " "
                + tool.path("parameters"));
      }
      JsonNode calling = body.path("toolConfig").path("functionCallingConfig");
      if (calling.path("mode").asText().equals("ANY")) {
        heard.add("must call");
      }
      if (config.path("responseMimeType").asText().equals("application/json")) {
        wish(heard, "schema", unnamed(config.path("responseSchema")));
      }
      if (config.path("thinkingConfig").path("thinkingBudget").asInt() > 0) {
        heard.add("thinks");
      }
      return heard;
    }

    private String parts(JsonNode content, List<String> results, List<String> calls) {
      List<String> said = new ArrayList<>();
      for (JsonNode part : content.path("parts")) {
        JsonNode data = part.path("inlineData");
        JsonNode link = part.path("fileData");
        if (part.has("text")) {
          said.add(part.path("text").asText());
        } else if (data.isObject()) {
          String type = data.path("mimeType").asText();
          said.add(
              (type.startsWith("image/") ? "[image data:" : "[file data:")
                  + type
                  + ";base64,"
                  + data.path("data").asText()
                  + "]");
        } else if (link.path("mimeType").asText().equals("image/png")) {
          said.add("[image " + link.path("fileUri").asText() + "]");
        } else if (part.has("functionCall")) {
          JsonNode call = part.path("functionCall");
          calls.add("call " + call.path("name").asText() + call.path("args"));
        } else if (part.has("functionResponse")) {
          JsonNode result = part.path("functionResponse");
          results.add(
              "result "
                  + result.path("name").asText()
                  + ": "
                  + result.path("response").path("result").asText());
        } else {
          throw new AssertionError("no part of a test's: " + part);
        }
      }
      return String.join("|", said);
    }
  },
  /** Gemini's other API, which is OpenAI's format at an address of its own. */
  GEMINI_COMPATIBLE("gemini-openai", "GOOGLE", "gemini-2.5-flash", "") {
    @Override
    String baseUrl(String url) {
      return url + "/openai";
    }

    @Override
    String traffic() {
      return OPENAI.folder;
    }

    @Override
    List<String> heard(JsonNode body) {
      return OPENAI.heard(body);
    }
  };

  /** One provider of each format. */
  static final List<ProviderSide> FORMATS = List.of(OPENAI, ANTHROPIC, GEMINI);

  /** The provider's name. */
  final String folder;

  /** As the configuration names it. */
  final String kind;

  final String model;

  /** Of its thoughts; empty: it signs none. */
  final String signature;

  ProviderSide(String folder, String kind, String model, String signature) {
    this.folder = folder;
    this.kind = kind;
    this.model = model;
    this.signature = signature;
  }

  /** The folder of its traffic. */
  String traffic() {
    return folder;
  }

  /** Where it is, of an upstream's address. */
  String baseUrl(String url) {
    return url;
  }

  /** What of a dialogue the format has words for. */
  String canHear(String said) {
    return said;
  }

  /** What it has no words for, as clients are told. */
  String dropped(String dialogue) {
    return "";
  }

  /** What a provider of this format was asked, in no format's words. */
  abstract List<String> heard(JsonNode body);

  /** A schema without the name that it has in some formats of clients. */
  private static JsonNode unnamed(JsonNode schema) {
    return schema instanceof ObjectNode object
        ? object.deepCopy().without(List.of("title"))
        : schema;
  }

  private static void wish(List<String> heard, String name, JsonNode value) {
    if (!value.isMissingNode() && !value.isNull()) {
      heard.add(name + " " + value);
    }
  }
}
