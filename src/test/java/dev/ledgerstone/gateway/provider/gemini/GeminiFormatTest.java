package dev.ledgerstone.gateway.provider.gemini;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.dialogue.Ask;
import dev.ledgerstone.gateway.dialogue.Destination;
import dev.ledgerstone.gateway.dialogue.EventReader;
import dev.ledgerstone.gateway.dialogue.FinishReason;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.OutputFormat;
import dev.ledgerstone.gateway.dialogue.Part;
import dev.ledgerstone.gateway.dialogue.Reasoning;
import dev.ledgerstone.gateway.dialogue.Reply;
import dev.ledgerstone.gateway.dialogue.Sampling;
import dev.ledgerstone.gateway.dialogue.Source;
import dev.ledgerstone.gateway.dialogue.StreamEvent;
import dev.ledgerstone.gateway.dialogue.Tool;
import dev.ledgerstone.gateway.dialogue.ToolChoice;
import dev.ledgerstone.gateway.dialogue.Turn;
import dev.ledgerstone.gateway.provider.Endpoint;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Shapes as Google's API reference has them. */
class GeminiFormatTest {
  private final GeminiFormat format = new GeminiFormat();
  private final Losses losses = new Losses();

  private static JsonNode json(String text) throws IOException {
    return Json.MAPPER.readTree(text.replace('\'', '"'));
  }

  private static Ask ask(List<Turn> turns) {
    return new Ask(
        List.of(new Part.Text("be brief")),
        turns,
        List.of(),
        null,
        null,
        new OutputFormat.Text(),
        Sampling.DEFAULT,
        null,
        List.of(),
        null,
        null,
        Map.of(),
        1,
        false,
        false,
        Set.of());
  }

  private JsonNode written(Ask ask, String model) throws IOException {
    return written(ask, model, Map.of());
  }

  private JsonNode written(Ask ask, String model, Map<String, String> defaults) throws IOException {
    return Json.MAPPER.readTree(
        format.write(ask, new Destination("GOOGLE", model, 100, 8192), defaults, losses));
  }

  @Test
  void itsOwnApiIsToldFromTheOpenAiCompatibleOne() {
    assertThat(format.isSpokenBy("GOOGLE", "https://example.org/v1beta")).isTrue();
    assertThat(format.isSpokenBy("GOOGLE", "https://example.org/v1beta/openai")).isFalse();
    assertThat(format.isSpokenBy("OPENAI", "https://example.org/v1")).isFalse();
    assertThat(format.path(Endpoint.CHAT_COMPLETIONS, "gemini-2.5-flash", true))
        .isEqualTo("/models/gemini-2.5-flash:streamGenerateContent?alt=sse");
    assertThat(format.path(Endpoint.CHAT_COMPLETIONS, "models/gemini-2.5-flash", false))
        .isEqualTo("/models/gemini-2.5-flash:generateContent");
    assertThat(format.path(Endpoint.CHAT_COMPLETIONS, "../x?y", false))
        .isEqualTo("/models/..%2Fx%3Fy:generateContent");
    assertThat(format.headers("k")).containsExactly(Map.entry("x-goog-api-key", "k"));
  }

  @Test
  void aDialogueWithToolsAndPictures() throws IOException {
    Ask ask =
        ask(
            List.of(
                new Turn(
                    Turn.Role.USER,
                    List.of(
                        new Part.Text("what is it?"),
                        new Part.Image(new Source.Data("image/png", "QUJD"), null, null),
                        new Part.File(
                            new Source.Url("https://example.org/a.pdf?x=1"),
                            null,
                            null,
                            false,
                            null))),
                new Turn(
                    Turn.Role.ASSISTANT,
                    List.of(
                        new Part.Thought("hm", "gemini:c2ln"),
                        new Part.ToolUse("call_1", "look", "{\"at\":1}"),
                        new Part.ToolUse("call_2", "look", "{\"at\":2}"))),
                new Turn(
                    Turn.Role.USER,
                    List.of(
                        new Part.ToolResult(
                            "call_1", null, List.of(new Part.Text("{\"a\":1}")), false, null),
                        new Part.ToolResult(
                            "call_2", null, List.of(new Part.Text("gone")), true, null))),
                new Turn(Turn.Role.USER, List.of(new Part.Text("and?")))));

    JsonNode body = written(ask, "gemini-2.5-pro");

    assertThat(body.path("systemInstruction")).isEqualTo(json("{'parts':[{'text':'be brief'}]}"));
    assertThat(body.path("contents"))
        .isEqualTo(
            json(
                """
                [{'role':'user','parts':[{'text':'what is it?'},{'inlineData':{'mimeType':'image/png','data':'QUJD'}},
                  {'fileData':{'mimeType':'application/pdf','fileUri':'https://example.org/a.pdf?x=1'}}]},
                 {'role':'model','parts':[{'functionCall':{'name':'look','args':{'at':1}},'thoughtSignature':'c2ln'},
                  {'functionCall':{'name':'look','args':{'at':2}}}]},
                 {'role':'user','parts':[{'functionResponse':{'name':'look','response':{'a':1}}},
                  {'functionResponse':{'name':'look','response':{'error':'gone'}}},{'text':'and?'}]}]"""));
    assertThat(losses.dropped()).isEmpty();
  }

  @Test
  void whatAnotherProviderSignedIsNotSentAndNamed() throws IOException {
    Ask ask =
        ask(
            List.of(
                new Turn(
                    Turn.Role.ASSISTANT,
                    List.of(new Part.Thought("hm", "c2ln"), new Part.Text("so")))));

    JsonNode body = written(ask, "gemini-3-pro-preview");

    assertThat(body.at("/contents/0/parts")).isEqualTo(json("[{'text':'so'}]"));
    assertThat(losses.dropped()).containsExactly("reasoning_content");
  }

  @Test
  void aCallWithoutThoughtsOfItsOwnSaysSoToTheThirdGeneration() throws IOException {
    Ask ask =
        ask(
            List.of(
                new Turn(Turn.Role.ASSISTANT, List.of(new Part.ToolUse("call_1", "look", "{}")))));

    JsonNode third = written(ask, "gemini-3-pro-preview");
    JsonNode second = written(ask, "gemini-2.5-pro");

    assertThat(third.at("/contents/0/parts/0/thoughtSignature").asText())
        .isEqualTo("skip_thought_signature_validator");
    assertThat(second.at("/contents/0/parts/0").has("thoughtSignature")).isFalse();
  }

  @Test
  void whatItMustCallAndHowItAnswers() throws IOException {
    ObjectNode schema =
        (ObjectNode) json("{'type':'object','properties':{'at':{'type':'integer'}}}");
    ObjectNode recursive =
        (ObjectNode) json("{'type':'object','properties':{'x':{'oneOf':[{'type':'string'}]}}}");
    Ask ask =
        new Ask(
            List.of(),
            List.of(new Turn(Turn.Role.USER, List.of(new Part.Text("hi")))),
            List.of(
                new Tool("look", "looks", schema, null, null),
                new Tool("odd", null, recursive, true, null),
                new Tool("none", null, (ObjectNode) json("{'type':'object'}"), null, null)),
            new ToolChoice.Named("look"),
            false,
            new OutputFormat.Schema("answer", null, schema, true),
            new Sampling(0.5, 0.9, 40, 0.1, 0.2, 7L),
            100,
            List.of("END"),
            new Reasoning(Reasoning.Effort.LOW, null, true),
            "somebody",
            Map.of("a", "b"),
            1,
            false,
            false,
            Set.of("logit_bias"));

    JsonNode body = written(ask, "gemini-2.5-flash", Map.of("safetySettings", "[]", "odd", "1"));

    assertThat(body.path("tools"))
        .isEqualTo(
            json(
                """
                [{'functionDeclarations':[
                 {'name':'look','description':'looks','parameters':{'type':'OBJECT','properties':{'at':{'type':'INTEGER'}}}},
                 {'name':'odd','parametersJsonSchema':{'type':'object','properties':{'x':{'oneOf':[{'type':'string'}]}}}},
                 {'name':'none'}]}]"""));
    assertThat(body.path("toolConfig"))
        .isEqualTo(
            json("{'functionCallingConfig':{'mode':'ANY','allowedFunctionNames':['look']}}"));
    assertThat(body.path("generationConfig"))
        .isEqualTo(
            json(
                """
                {'temperature':0.5,'topP':0.9,'frequencyPenalty':0.1,'presencePenalty':0.2,'topK':40,'seed':7,
                 'maxOutputTokens':100,'stopSequences':['END'],'responseMimeType':'application/json',
                 'responseSchema':{'type':'OBJECT','properties':{'at':{'type':'INTEGER'}},'title':'answer'},
                 'thinkingConfig':{'thinkingBudget':4096,'includeThoughts':true}}"""));
    assertThat(body.path("safetySettings").isArray()).isTrue();
    assertThat(losses.dropped())
        .as("what the format itself leaves out")
        .containsExactlyInAnyOrder("user", "metadata", "parallel_tool_calls", "strict", "odd");
  }

  @Test
  void thinkingIsALevelFromTheThirdGenerationOn() throws IOException {
    Ask plain = ask(List.of(new Turn(Turn.Role.USER, List.of(new Part.Text("hi")))));
    Ask ask =
        new Ask(
            plain.system(),
            plain.turns(),
            List.of(),
            null,
            null,
            plain.output(),
            Sampling.DEFAULT,
            null,
            List.of(),
            new Reasoning(Reasoning.Effort.HIGH, null, null),
            null,
            Map.of(),
            1,
            false,
            false,
            Set.of());

    assertThat(written(ask, "gemini-3-pro-preview").at("/generationConfig/thinkingConfig"))
        .isEqualTo(json("{'thinkingLevel':'high'}"));
  }

  @Test
  void aResultOfNoCallIsRefused() {
    Ask ask =
        ask(
            List.of(
                new Turn(
                    Turn.Role.USER,
                    List.of(new Part.ToolResult("call_9", null, List.of(), false, null)))));

    assertThatThrownBy(() -> written(ask, "gemini-2.5-pro"))
        .hasMessageContaining("tool_call_id cannot be carried over");
  }

  @Test
  void anAnswerWithThoughtsTextAndCalls() throws IOException {
    Reply reply =
        format
            .read(
                json(
                    """
                    {'responseId':'r1','modelVersion':'gemini-2.5-pro','candidates':[{'finishReason':'STOP','content':
                     {'role':'model','parts':[{'text':'hm','thought':true},{'text':'so','thoughtSignature':'c2ln'},
                     {'functionCall':{'name':'look','args':{'at':1}},'thoughtSignature':'Y2FsbA=='},
                     {'functionCall':{'id':'own','name':'look'}}]}}],
                     'usageMetadata':{'promptTokenCount':20,'candidatesTokenCount':5,'thoughtsTokenCount':7,
                     'cachedContentTokenCount':8,'totalTokenCount':32}}"""),
                losses)
            .orElseThrow();

    assertThat(reply.id()).isEqualTo("r1");
    assertThat(reply.model()).isEqualTo("gemini-2.5-pro");
    assertThat(reply.finish()).isEqualTo(FinishReason.TOOL_USE);
    assertThat(reply.parts()).hasSize(4);
    assertThat(reply.parts().subList(0, 2))
        .containsExactly(new Part.Thought("hm", "gemini:c2ln"), new Part.Text("so"));
    assertThat((Part.ToolUse) reply.parts().get(2))
        .satisfies(
            call -> {
              assertThat(call.id()).startsWith("call_");
              assertThat(call.arguments()).isEqualTo("{\"at\":1}");
              assertThat(call.signature()).isEqualTo("Y2FsbA==");
            });
    assertThat(((Part.ToolUse) reply.parts().get(3)).id()).isEqualTo("own");
    assertThat(reply.usage())
        .satisfies(
            usage -> {
              assertThat(usage).isNotNull();
              assertThat(usage.inputTokens()).isEqualTo(20);
              assertThat(usage.cachedTokens()).isEqualTo(8);
              assertThat(usage.outputTokens()).isEqualTo(12);
              assertThat(usage.reasoningTokens()).isEqualTo(7);
            });
  }

  @Test
  void aBlockedPromptAndAFilteredAnswerAreRefusals() throws IOException {
    Reply blocked =
        format.read(json("{'promptFeedback':{'blockReason':'SAFETY'}}"), losses).orElseThrow();
    Reply filtered =
        format
            .read(json("{'candidates':[{'finishReason':'PROHIBITED_CONTENT'}]}"), losses)
            .orElseThrow();

    assertThat(blocked.finish()).isEqualTo(FinishReason.REFUSAL);
    assertThat(blocked.parts()).containsExactly(new Part.Refusal("the prompt was blocked: SAFETY"));
    assertThat(filtered.finish()).isEqualTo(FinishReason.REFUSAL);
    assertThat(format.read(json("{'hello':1}"), losses)).isEmpty();
  }

  @Test
  void aStreamSaysTheSamePieceByPiece() {
    List<StreamEvent> events = new ArrayList<>();
    EventReader reader = format.events();
    for (String piece :
        List.of(
            "{'responseId':'r1','modelVersion':'m','candidates':[{'content':{'parts':[{'text':'hm','thought':true}]}}]}",
            "{'candidates':[{'content':{'parts':[{'text':'so','thoughtSignature':'c2ln'}]}}]}",
            "{'candidates':[{'content':{'parts':[{'functionCall':{'id':'c1','name':'look','args':{'at':1}}}]}}]}",
            "not JSON",
            "{'candidates':[{'finishReason':'STOP','content':{'parts':[{'text':''}]}}],'usageMetadata':{'promptTokenCount':3,'candidatesTokenCount':2,'totalTokenCount':5}}")) {
      byte[] bytes = piece.replace('\'', '"').getBytes(UTF_8);
      reader.read(bytes, 0, bytes.length, events::add);
    }

    assertThat(events)
        .startsWith(
            new StreamEvent.Begin("r1", "m", null),
            new StreamEvent.ThoughtDelta("hm"),
            new StreamEvent.SignatureDelta("gemini:c2ln"),
            new StreamEvent.TextDelta("so"),
            new StreamEvent.ToolBegin(0, "c1", "look", null),
            new StreamEvent.ToolArguments(0, "{\"at\":1}"))
        .endsWith(new StreamEvent.Finish(FinishReason.TOOL_USE, null), new StreamEvent.End());
    assertThat(events.get(events.size() - 3)).isInstanceOf(StreamEvent.Usage.class);
  }

  @Test
  void anErrorIsSaidWithItsKind() {
    byte[] body =
        """
        {"error":{"code":400,"message":"API key not valid: AIzaSyA1234567890abcdefghijklmnopqrstuv","status":"INVALID_ARGUMENT"}}"""
            .getBytes(UTF_8);

    assertThat(format.error(400, "application/json", body))
        .satisfies(
            error -> {
              assertThat(error.code()).isEqualTo("INVALID_ARGUMENT");
              assertThat(error.message()).startsWith("API key not valid");
              assertThat(error.message()).doesNotContain("AIzaSyA1234567890");
            });
  }
}
