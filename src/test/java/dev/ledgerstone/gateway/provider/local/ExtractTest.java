package dev.ledgerstone.gateway.provider.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.openai.core.ObjectMappers;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import dev.ledgerstone.gateway.provider.Cancellation;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.gateway.provider.UpstreamAnswer;
import dev.ledgerstone.gateway.provider.UpstreamFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExtractTest {
  private static final String LEASE =
      "The lease begins in March. 🙂 The monthly rent is 940 euros.\n\nThe tenant pays a deposit of"
          + " 1,880 euros before moving in. The cellar belongs to the flat.";
  private static final String STORY =
      "<document name=\"lease\">\n" + LEASE + "\n</document>\nHow large is the deposit?";

  private static ObjectNode asking() {
    return Local.request("user", STORY);
  }

  @Test
  void quotesWithOffsetsThatIndexTheGivenText() {
    JsonNode message = Local.message(Local.chat(asking()));
    Quote quote = Local.quotes(message).getFirst();
    assertThat(quote.document()).isEqualTo("lease");
    assertThat(quote.text()).startsWith("The tenant pays a deposit");
    assertThat(LEASE.substring(quote.start(), quote.end())).isEqualTo(quote.text());
    assertThat(message.get("content").textValue())
        .startsWith("Quoted from the material given")
        .contains("“" + quote.text() + "” [lease, " + quote.start() + "–" + quote.end() + "]");
  }

  @Test
  void offsetsIndexAMessageThatHoldsBoth() {
    String text = "What is the rent?\r\n\r\n" + LEASE;
    List<Quote> quotes = Local.quotes(Local.message(Local.chat(Local.request("user", text))));
    assertThat(quotes.getFirst().text()).contains("940 euros");
    for (Quote quote : quotes) {
      assertThat(quote.document()).isEqualTo("messages[0].content");
      assertThat(text.substring(quote.start(), quote.end())).isEqualTo(quote.text());
    }
  }

  @Test
  void theAnswerOfAnFaqIsQuotedAndNotItsQuestion() {
    String faq = "How long is the warranty?\nTwo years.\n\nWho pays the postage?\nYou do.";
    JsonNode answer =
        Local.chat(Local.request("system", faq, "user", "How long does the warranty last?"));
    assertThat(Local.quotes(Local.message(answer)).getFirst().text()).isEqualTo("Two years.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "What is the boiling point of tungsten? | nothing in the material given bears on this",
        "Who won the football world cup? | nothing in the material given bears on this",
      })
  void refusesWhenNothingBearsOnTheQuestion(String question, String words) {
    JsonNode message = Local.message(Local.chat(Local.request("system", LEASE, "user", question)));
    assertThat(message.get("content").textValue()).contains(words);
    assertThat(Local.quotes(message)).isEmpty();
  }

  @Test
  void refusesWithoutMaterial() {
    JsonNode message = Local.message(Local.chat(Local.request("user", "How are you?")));
    assertThat(message.get("content").textValue()).contains("no material was given");
  }

  @Test
  void theSameCallGetsTheSameAnswer() {
    JsonNode first = Local.chat(asking());
    JsonNode second = Local.chat(asking());
    assertThat(second.get("choices")).isEqualTo(first.get("choices"));
    assertThat(second.get("usage")).isEqualTo(first.get("usage"));
  }

  @Test
  void theOpenAiClientReadsTheAnswer() throws IOException {
    byte[] body = Local.send(Endpoint.CHAT_COMPLETIONS, asking().toString(), 200);
    ChatCompletion answer = ObjectMappers.jsonMapper().readValue(body, ChatCompletion.class);
    answer.validate();
    assertThat(answer.created()).isEqualTo(Local.NOW.getEpochSecond());
    String content = answer.choices().getFirst().message().content().orElseThrow();
    WordPiece pieces = MiniLm.tokenizer();
    assertThat(answer.usage().orElseThrow().completionTokens()).isEqualTo(pieces.count(content));
    assertThat(answer.usage().orElseThrow().promptTokens()).isEqualTo(pieces.count(STORY));
  }

  @Test
  void aStreamTellsWhatTheWholeAnswerTells() throws IOException {
    ObjectNode request = asking();
    JsonNode whole = Local.chat(request);
    request.putObject("stream_options").put("include_usage", true);
    List<String> events = Local.stream(request);
    assertThat(events.removeLast()).isEqualTo("[DONE]");
    StringBuilder content = new StringBuilder();
    for (String event : events) {
      ObjectMappers.jsonMapper().readValue(event, ChatCompletionChunk.class).validate();
      JsonNode json = Fields.JSON.readTree(event);
      assertThat(json.has("usage")).isTrue();
      content.append(json.at("/choices/0/delta/content").asText(""));
    }
    assertThat(events.getFirst()).contains("\"role\":\"assistant\"");
    assertThat(content.toString()).isEqualTo(Local.message(whole).get("content").textValue());
    JsonNode usage = Fields.JSON.readTree(events.removeLast());
    assertThat(usage.get("choices")).isEmpty();
    assertThat(usage.get("usage")).isEqualTo(whole.get("usage"));
    JsonNode last = Fields.JSON.readTree(events.removeLast()).at("/choices/0");
    assertThat(last.get("finish_reason").textValue()).isEqualTo("stop");
    assertThat(last.at("/delta/ledgerstone")).isEqualTo(Local.message(whole).get("ledgerstone"));
  }

  @Test
  void aStreamTellsItsUsageOnlyWhenAsked() {
    assertThat(Local.stream(asking())).noneMatch(event -> event.contains("usage"));
  }

  @Test
  void eachReadGivesOneEventAndTheFirstComesBeforeTheWork() throws Exception {
    String body = asking().put("stream", true).toString();
    try (UpstreamAnswer answer =
        Local.PROVIDER.send(Local.call(Endpoint.CHAT_COMPLETIONS, body, new Cancellation()))) {
      assertThat(answer.header("Content-Type")).contains("text/event-stream");
      byte[] buffer = new byte[65_536];
      int events = 0;
      for (int read; (read = answer.body().read(buffer)) >= 0; events++) {
        String event = new String(buffer, 0, read, StandardCharsets.UTF_8);
        assertThat(event).startsWith("data: ").endsWith("\n\n").containsOnlyOnce("\n\n");
      }
      assertThat(events).isGreaterThan(3);
    }
  }

  @Test
  void aCancelledStreamBreaksAndACancelledCallFails() throws Exception {
    Cancellation cancellation = new Cancellation();
    String body = asking().put("stream", true).toString();
    try (UpstreamAnswer answer =
        Local.PROVIDER.send(Local.call(Endpoint.CHAT_COMPLETIONS, body, cancellation))) {
      InputStream events = answer.body();
      assertThat(events.read()).isEqualTo('d');
      events.skipNBytes(events.available());
      cancellation.cancel(Cancellation.Reason.CLIENT_LEFT);
      assertThatThrownBy(events::read).isInstanceOf(IOException.class).hasMessageContaining("LEFT");
    }
    assertThatThrownBy(
            () -> Local.PROVIDER.send(Local.call(Endpoint.CHAT_COMPLETIONS, body, cancellation)))
        .isInstanceOf(UpstreamFailure.class);
  }

  @Test
  void moreCallsThanThereIsRoomForAreTurnedAwayUntilOneEnds() throws Exception {
    String body = asking().put("stream", true).toString();
    List<UpstreamAnswer> open = new ArrayList<>();
    try (LocalProvider provider = new LocalProvider(() -> Local.NOW, 1, 0)) {
      for (int i = 0; i < LocalProvider.MAX_CALLS; i++) {
        open.add(provider.send(Local.call(Endpoint.CHAT_COMPLETIONS, body, new Cancellation())));
      }
      var turnedAway =
          provider.send(Local.call(Endpoint.CHAT_COMPLETIONS, body, new Cancellation()));
      assertThat(turnedAway.status()).isEqualTo(503);
      assertThat(turnedAway.header("retry-after")).contains("1");
      open.getFirst().close();
      open.getFirst().close();
      for (int status : new int[] {200, 503}) {
        var next = provider.send(Local.call(Endpoint.CHAT_COMPLETIONS, body, new Cancellation()));
        assertThat(next.status()).isEqualTo(status);
      }
    }
  }

  @Test
  void theAnswerEndsAtTheBoundOfTokens() {
    JsonNode answer = Local.chat(asking().put("max_tokens", 7));
    String content = Local.message(answer).get("content").textValue();
    assertThat(answer.at("/choices/0/finish_reason").textValue()).isEqualTo("length");
    assertThat(answer.at("/usage/completion_tokens").intValue()).isEqualTo(7);
    assertThat(content).isEqualTo("Quoted from the material given, best");
  }

  @Test
  void theAnswerEndsBeforeAStop() {
    ObjectNode request = asking();
    request.putArray("stop").add("match").add("given");
    JsonNode answer = Local.chat(request);
    assertThat(Local.message(answer).get("content").textValue())
        .isEqualTo("Quoted from the material ");
    assertThat(answer.at("/choices/0/finish_reason").textValue()).isEqualTo("stop");
  }

  @ParameterizedTest
  @CsvSource({"json_object", "json_schema"})
  void answersAsJsonWhenAsked(String type) throws IOException {
    ObjectNode request = asking();
    request.putObject("response_format").put("type", type);
    JsonNode message = Local.message(Local.chat(request));
    JsonNode content = Fields.JSON.readTree(message.get("content").textValue());
    assertThat(content.get("quotes")).isEqualTo(message.at("/ledgerstone/quotes"));
    assertThat(content.get("answer").textValue()).contains("Quoted", "deposit of 1,880");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"messages\":[]} | messages",
        "{\"messages\":\"x\"} | messages",
        "{\"messages\":[1]} | messages[0]",
        "{\"messages\":[{\"content\":\"x\"}]} | messages[0].role",
        "{\"messages\":[{\"role\":\"king\",\"content\":\"x\"}]} | messages[0].role",
        "{\"messages\":[{\"role\":\"user\"}]} | messages[0].content",
        "{\"messages\":[{\"role\":\"user\",\"content\":5}]} | messages[0].content",
        "{\"messages\":[{\"role\":\"user\",\"content\":\" \"}]} | messages",
        "{\"messages\":[{\"role\":\"system\",\"content\":\"x\"}]} | messages",
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]} |"
            + " messages[0].content[0].type",
        "{\"n\":2} | n",
        "{\"n\":\"1\"} | n",
        "{\"max_tokens\":0} | max_tokens",
        "{\"max_completion_tokens\":1.5} | max_completion_tokens",
        "{\"temperature\":\"hot\"} | temperature",
        "{\"stop\":[1]} | stop",
        "{\"stop\":[\"a\",\"b\",\"c\",\"d\",\"e\"]} | stop",
        "{\"stream_options\":7} | stream_options",
        "{\"logprobs\":true} | logprobs",
        "{\"tool_choice\":\"required\"} | tool_choice",
        "{\"response_format\":{\"type\":\"xml\"}} | response_format.type",
        "{\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"required\":"
            + "[\"age\"]}}}} | response_format.json_schema.schema.required",
      })
  void aFaultNamesItsField(String fields, String param) {
    ObjectNode request = asking();
    request.setAll((ObjectNode) Local.json(fields.getBytes(StandardCharsets.UTF_8)));
    byte[] body = Local.send(Endpoint.CHAT_COMPLETIONS, request.toString(), 400);
    assertThat(Local.json(body).at("/error/param").textValue()).isEqualTo(param);
    assertThat(Local.json(body).at("/error/code").textValue()).isEqualTo("invalid_value");
  }

  @Test
  void aMegabyteIsReadAndTheNeedleFound() {
    Random random = new Random(7);
    String[] subjects = {"The clerk", "A gardener", "The old ship", "Our engineer", "The council"};
    String[] verbs = {"described", "painted", "measured", "forgot", "repaired", "counted"};
    String[] objects = {"the northern wall", "seven baskets", "a broken clock", "some letters"};
    StringBuilder text = new StringBuilder(1 << 20);
    while (text.length() < 1 << 20) {
      if (text.length() > 700_000 && text.indexOf("lighthouse") < 0) {
        text.append("The lighthouse keeper receives a wage of 310 crowns every quarter. ");
      }
      text.append(subjects[random.nextInt(subjects.length)]).append(' ');
      text.append(verbs[random.nextInt(verbs.length)]).append(' ');
      text.append(objects[random.nextInt(objects.length)]).append(" on the morning of day ");
      text.append(text.length()).append(", and wrote a short note about it afterwards. ");
    }
    String material = text.toString();
    JsonNode answer =
        Local.chat(
            Local.request("system", material, "user", "How much is the lighthouse keeper paid?"));
    Quote quote = Local.quotes(Local.message(answer)).getFirst();
    assertThat(quote.text()).contains("310 crowns");
    assertThat(material.substring(quote.start(), quote.end())).isEqualTo(quote.text());
    assertThat(answer.at("/usage/prompt_tokens").intValue()).isGreaterThan(200_000);
  }

  @Test
  void moreSentencesThanAreReadAreRefused() {
    String material = "One is odd. ".repeat(Extract.MAX_SENTENCES + 1);
    String body = Local.request("system", material, "user", "Is one odd?").toString();
    JsonNode error = Local.json(Local.send(Endpoint.CHAT_COMPLETIONS, body, 400)).get("error");
    assertThat(error.get("code").textValue()).isEqualTo("context_length_exceeded");
    assertThat(error.get("message").textValue()).contains("20000 sentences");
  }
}
