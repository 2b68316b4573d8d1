package dev.ledgerstone.gateway.prompts;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A piece of a prompt's message, read from OpenAI's chat, in whose words prompts are kept. */
sealed interface Piece {
  record Text(String text) implements Piece {}

  /** The model's words for not answering. */
  record Refusal(String text) implements Piece {}

  /**
   * A picture.
   *
   * @param url of where it is, or {@code data:}
   * @param detail how closely it is looked at; null: not said
   */
  record Image(String url, @Nullable String detail) implements Piece {}

  /** Sound, in base64. */
  record Sound(String data, String format) implements Piece {}

  /**
   * A document.
   *
   * @param data an address of the kind {@code data:}, or base64 of a PDF; null: its provider keeps
   *     it as {@code id}
   */
  record File(@Nullable String name, @Nullable String data, @Nullable String id) implements Piece {}

  /**
   * A call of a tool.
   *
   * @param arguments a JSON object, as text
   */
  record Call(String id, String name, String arguments) implements Piece {}

  /** What a call of a tool gave back. */
  record Result(String call, List<Piece> content) implements Piece {}

  /**
   * All that a message of a user, an assistant or a tool holds.
   *
   * @throws ProblemException RequestProblem.Invalid, that names what is known to chats alone
   */
  static List<Piece> of(JsonNode message) {
    List<Piece> pieces = content(message.path("content"));
    return switch (message.path("role").asText()) {
      case "user" -> pieces;
      case "assistant" -> answer(message, pieces);
      case "tool" -> List.of(new Result(message.path("tool_call_id").asText(), pieces));
      default -> throw untold("a message of the role " + message.path("role").asText());
    };
  }

  private static List<Piece> answer(JsonNode message, List<Piece> content) {
    List<Piece> pieces = new ArrayList<>(content);
    if (message.path("refusal").isTextual()) {
      pieces.add(new Refusal(message.path("refusal").asText()));
    }
    for (JsonNode call : message.path("tool_calls")) {
      JsonNode function = call.path("function");
      if (!function.isObject()) {
        throw untold("a call of a tool of the type " + call.path("type").asText());
      }
      pieces.add(
          new Call(
              call.path("id").asText(),
              function.path("name").asText(),
              function.path("arguments").asText()));
    }
    if (message.hasNonNull("audio")) {
      throw untold("sound that the provider of an earlier answer keeps");
    }
    if (message.hasNonNull("function_call")) {
      throw untold("a call of a function in OpenAI's way of old");
    }
    return pieces;
  }

  private static List<Piece> content(JsonNode content) {
    List<Piece> pieces = new ArrayList<>();
    if (content.isTextual()) {
      pieces.add(new Text(content.asText()));
    }
    for (JsonNode part : content) {
      String type = part.path("type").asText();
      pieces.add(
          switch (type) {
            case "text" -> new Text(part.path("text").asText());
            case "refusal" -> new Refusal(part.path("refusal").asText());
            case "image_url" -> image(part.path("image_url"));
            case "input_audio" ->
                new Sound(
                    part.path("input_audio").path("data").asText(),
                    part.path("input_audio").path("format").asText());
            case "file" -> file(part.path("file"));
            default -> throw untold("a part of the type " + type);
          });
    }
    return pieces;
  }

  private static Image image(JsonNode image) {
    return new Image(
        image.isTextual() ? image.asText() : image.path("url").asText(), text(image, "detail"));
  }

  private static File file(JsonNode file) {
    return new File(text(file, "filename"), text(file, "file_data"), text(file, "file_id"));
  }

  private static @Nullable String text(JsonNode object, String field) {
    return object.path(field).isTextual() ? object.path(field).asText() : null;
  }

  /** The refusal of what no format but OpenAI's chat has a word for. */
  static ProblemException untold(String what) {
    return untold(what, "is told in chat completions alone", "call /v1/chat/completions");
  }

  /**
   * The refusal of a prompt in a format that cannot say all of it.
   *
   * @param instead what the caller may do, beside naming another prompt
   */
  static ProblemException untold(String what, String why, String instead) {
    return new RequestProblem.Invalid(
            "prompt.name",
            "the prompt holds " + what + ", which " + why,
            instead + ", or name a prompt without it")
        .exception();
  }
}
