package dev.ledgerstone.gateway.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.wire.ChatStream.Event;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ChatStreamTest {
  private final ChatStream stream = new ChatStream();

  /** An event with single quotes, somewhere inside a larger buffer. */
  private Event inspect(String data) {
    byte[] buffer = ("data: " + data.replace('\'', '"') + "\n\n\"usage\":{}").getBytes(UTF_8);
    return stream.inspect(buffer, 6, buffer.length - 12);
  }

  private static String delta(String fields) {
    return "{'id':'c-1','model':'gpt-4o-2024','choices':[{'index':0,'delta':{%s},".formatted(fields)
        + "'finish_reason':null}],'usage':null}";
  }

  @Test
  void readsAStreamOnItsWay() {
    assertThat(inspect(delta("'role':'assistant','content':''"))).isEqualTo(Event.DATA);
    assertThat(stream.hasOutput()).isFalse();
    assertThat(inspect(delta("'content':'Hello, '"))).isEqualTo(Event.DATA);
    assertThat(inspect(delta("'content':'w\\u00f6rld \\ud83d'"))).isEqualTo(Event.DATA);
    assertThat(inspect(delta("'content':'\\ude00'"))).isEqualTo(Event.DATA);
    assertThat(inspect("{'choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}"))
        .isEqualTo(Event.DATA);
    assertThat(stream.usage()).isNull();
    assertThat(inspect("{'id':'c-2','choices': [ ],'usage': {'prompt_tokens':3,'x':{'y':1}} }"))
        .isEqualTo(Event.USAGE_ONLY);
    assertThat(stream.isDone()).isFalse();
    assertThat(inspect(" [DONE] ")).isEqualTo(Event.DONE);
    assertThat(stream.isDone()).isTrue();

    assertThat(stream.id()).isEqualTo("c-1");
    assertThat(stream.model()).isEqualTo("gpt-4o-2024");
    assertThat(stream.finishReason()).isEqualTo("stop");
    assertThat(stream.outputText()).isEqualTo("Hello, w\u00f6rld \uD83D\uDE00");
    assertThat(stream.usage()).isEqualTo(json("{'prompt_tokens':3,'x':{'y':1}}"));
  }

  @Test
  void aChunkWithoutChoicesIsNotYetUsage() {
    // Azure's first: what its filter found in the prompt.
    assertThat(inspect("{'choices':[],'prompt_filter_results':[]}")).isEqualTo(Event.DATA);
    assertThat(inspect("{'choices':[],'usage':null}")).isEqualTo(Event.DATA);
  }

  @Test
  void usageBesideTextIsPartOfTheAnswer() {
    assertThat(inspect("{'choices':[{'delta':{'content':'x'}}],'usage':{'total_tokens':1}}"))
        .isEqualTo(Event.DATA);
    assertThat(inspect("{'choices':[{'delta':{'content':'y'}}],'usage':{'total_tokens':2}}"))
        .isEqualTo(Event.DATA);
    assertThat(stream.usage())
        .as("counted up: the last one holds")
        .isEqualTo(json("{'total_tokens':2}"));
  }

  @Test
  void usageInsideAChoiceCountsUntilThereIsOneAtTheTop() {
    inspect("{'choices':[{'delta':{},'usage':{'total_tokens':7}}]}");
    assertThat(stream.usage()).isEqualTo(json("{'total_tokens':7}"));
    inspect("{'choices':[],'usage':{'total_tokens':8}}");
    inspect("{'choices':[],'x_groq':{'usage':{'total_tokens':9}}}");
    assertThat(stream.usage()).isEqualTo(json("{'total_tokens':8}"));
  }

  @Test
  void whatAModelSaysIsNotTakenForWhatTheUpstreamSays() {
    String spoken = "'content':'\\\",\\\"usage\\\":{\\\"total_tokens\\\":0},\\\"error\\\":{}'";
    assertThat(inspect(delta(spoken.replace("\\\"", "\\u0022")))).isEqualTo(Event.DATA);
    byte[] quoted =
        "{\"choices\":[{\"delta\":{\"content\":\"\\\"usage\\\":{},\\\"error\\\":{}\"}}]}"
            .getBytes(UTF_8);
    assertThat(stream.inspect(quoted, 0, quoted.length)).isEqualTo(Event.DATA);
    assertThat(stream.usage()).isNull();
    assertThat(stream.error()).isNull();
  }

  @Test
  void anErrorInsideAStreamIsSeen() {
    assertThat(inspect("{'error':{'message':'overloaded','code':529}}")).isEqualTo(Event.ERROR);
    assertThat(new String(stream.error(), UTF_8)).contains("overloaded");
    assertThat(inspect(delta("'content':'x'"))).isEqualTo(Event.DATA);
    assertThat(inspect("{'error':null,'choices':[]}")).isEqualTo(Event.DATA);
    assertThat(inspect("{'error':'gone'}")).isEqualTo(Event.ERROR);
  }

  @Test
  void reasoningRefusalsAndToolCallsAreOutput() {
    inspect(delta("'reasoning_content':'a'"));
    inspect(delta("'reasoning':'b','reasoning_details':[{'text':'b'}]"));
    inspect(delta("'refusal':'c'"));
    inspect(delta("'tool_calls':[{'index':0,'function':{'name':'d','arguments':'e'}}]"));
    inspect("{'choices':[{'text':'f','index':0}]}");
    assertThat(stream.outputText()).isEqualTo("abcdef");
  }

  @Test
  void textPastTheLimitIsCountedAndNotKept() {
    String megabyte = "x".repeat(1 << 20);
    for (int i = 0; i < 6; i++) {
      inspect(delta("'content':'" + megabyte + "'"));
    }
    assertThat(stream.outputText()).hasSize(4 << 20);
    assertThat(stream.droppedOutputBytes()).isEqualTo(2 << 20);
  }

  @Property
  void nonsenseIsPassedOnAndTeachesNothing(@ForAll String text) {
    byte[] data = text.getBytes(UTF_8);
    assertThat(new ChatStream().inspect(data, 0, data.length)).isIn(Event.DATA, Event.DONE);
  }

  @Property
  void anEventCutAnywhereNeverThrows(@ForAll String content, @ForAll int cut) {
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    event.put("id", content).putObject("usage").put(content, 1);
    event.putArray("choices").addObject().putObject("delta").put("content", content);
    event.put("finish_reason", content);
    byte[] data = event.toString().getBytes(UTF_8);
    ChatStream whole = new ChatStream();
    assertThat(whole.inspect(data, 0, data.length)).isEqualTo(Event.DATA);
    assertThat(whole.outputText()).isEqualTo(new String(content.getBytes(UTF_8), UTF_8));
    assertThat(whole.usage()).isNotNull();
    ChatStream half = new ChatStream();
    half.inspect(data, 0, Math.floorMod(cut, data.length));
    assertThat(half.outputText().length()).isLessThanOrEqualTo(data.length);
    half.usage();
  }

  @Test
  void readsAnAnswerInOnePiece() {
    ChatAnswer answer =
        ChatAnswer.inspect(
            """
            {"id":"c-9","object":"chat.completion","model":"m-1",
             "choices":[{"index":0,"message":{"role":"assistant","content":"Hi \\"you\\""},
               "logprobs":{"content":[{"token":"Hi"}]},"finish_reason":"length"}],
             "usage":{"prompt_tokens":9}}
            """
                .getBytes(UTF_8));
    assertThat(answer.id()).isEqualTo("c-9");
    assertThat(answer.model()).isEqualTo("m-1");
    assertThat(answer.finishReason()).isEqualTo("length");
    assertThat(answer.outputText()).isEqualTo("Hi \"you\"");
    assertThat(answer.usage()).isEqualTo(json("{'prompt_tokens':9}"));
    assertThat(answer.error()).isNull();
  }

  @Test
  void readsEmbeddings() {
    ChatAnswer answer =
        ChatAnswer.inspect(
            """
            {"object":"list","data":[{"embedding":[0.1,-2e-3],"index":0}],"model":"e",
             "usage":{"prompt_tokens":2,"total_tokens":2}}
            """
                .getBytes(UTF_8));
    assertThat(answer.model()).isEqualTo("e");
    assertThat(answer.outputText()).isEmpty();
    assertThat(answer.usage()).isEqualTo(json("{'prompt_tokens':2,'total_tokens':2}"));
  }

  private static JsonNode json(String text) {
    try {
      return WireJson.MAPPER.readTree(text.replace('\'', '"'));
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }
}
