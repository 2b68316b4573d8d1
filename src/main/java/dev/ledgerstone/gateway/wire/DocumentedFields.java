package dev.ledgerstone.gateway.wire;

import static com.fasterxml.jackson.core.JsonToken.START_ARRAY;
import static com.fasterxml.jackson.core.JsonToken.START_OBJECT;
import static com.fasterxml.jackson.core.JsonToken.VALUE_FALSE;
import static com.fasterxml.jackson.core.JsonToken.VALUE_NUMBER_INT;
import static com.fasterxml.jackson.core.JsonToken.VALUE_STRING;
import static com.fasterxml.jackson.core.JsonToken.VALUE_TRUE;
import static dev.ledgerstone.gateway.wire.FieldRule.integer;
import static dev.ledgerstone.gateway.wire.FieldRule.kind;
import static dev.ledgerstone.gateway.wire.FieldRule.number;

import dev.ledgerstone.gateway.provider.Endpoint;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Fields that OpenAI's API reference documents, which the gateway checks and does not use. Those
 * that it uses are read by {@link RequestScanner}; those that are in neither pass unseen.
 */
final class DocumentedFields {
  private static final FieldRule TEXT = kind("a string", VALUE_STRING);
  private static final FieldRule FLAG = kind("true or false", VALUE_TRUE, VALUE_FALSE);
  private static final FieldRule OBJECT = kind("an object", START_OBJECT);
  private static final FieldRule ARRAY = kind("an array", START_ARRAY);
  private static final FieldRule WHOLE = kind("a whole number", VALUE_NUMBER_INT);
  private static final FieldRule STOP =
      kind("a string or an array of strings", VALUE_STRING, START_ARRAY);
  private static final FieldRule CHOICE = kind("a string or an object", VALUE_STRING, START_OBJECT);

  private static final Map<String, FieldRule> CHAT =
      Map.ofEntries(
          Map.entry("audio", OBJECT),
          Map.entry("frequency_penalty", number(-2, 2)),
          Map.entry("function_call", CHOICE),
          Map.entry("logit_bias", OBJECT),
          Map.entry("logprobs", FLAG),
          Map.entry("modalities", ARRAY),
          Map.entry("parallel_tool_calls", FLAG),
          Map.entry("prediction", OBJECT),
          Map.entry("presence_penalty", number(-2, 2)),
          Map.entry("reasoning_effort", TEXT),
          Map.entry("response_format", OBJECT),
          Map.entry("seed", WHOLE),
          Map.entry("service_tier", TEXT),
          Map.entry("stop", STOP),
          Map.entry("store", FLAG),
          Map.entry("temperature", number(0, 2)),
          Map.entry("tool_choice", CHOICE),
          Map.entry("top_logprobs", integer(0, 20)),
          Map.entry("top_p", number(0, 1)),
          Map.entry("verbosity", TEXT));

  private static final Map<String, FieldRule> COMPLETIONS =
      Map.ofEntries(
          Map.entry("echo", FLAG),
          Map.entry("frequency_penalty", number(-2, 2)),
          Map.entry("logit_bias", OBJECT),
          Map.entry("logprobs", integer(0, 5)),
          Map.entry("presence_penalty", number(-2, 2)),
          Map.entry("seed", WHOLE),
          Map.entry("stop", STOP),
          Map.entry("suffix", TEXT),
          Map.entry("temperature", number(0, 2)),
          Map.entry("top_p", number(0, 1)));

  private static final Map<String, FieldRule> EMBEDDINGS =
      Map.of("dimensions", integer(1, Integer.MAX_VALUE), "encoding_format", TEXT);

  private DocumentedFields() {}

  /** The rule of a field; null if it passes unseen. */
  static @Nullable FieldRule rule(Endpoint endpoint, String field) {
    return switch (endpoint) {
      case CHAT_COMPLETIONS -> CHAT.get(field);
      case COMPLETIONS -> COMPLETIONS.get(field);
      case EMBEDDINGS -> EMBEDDINGS.get(field);
      case IMAGES,
          IMAGE_EDITS,
          IMAGE_VARIATIONS,
          SPEECH,
          TRANSCRIPTIONS,
          TRANSLATIONS,
          MODERATIONS ->
          throw endpoint.noDialogue();
    };
  }
}
