package dev.ledgerstone.gateway.prompts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Prompts in the words of each format, as far as it has words for them. */
class MannerTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static JsonNode json(String text) throws JsonProcessingException {
    return JSON.readTree(text.replace('\'', '"'));
  }

  private static ObjectNode told(Manner manner, String messages) throws JsonProcessingException {
    ObjectNode request = JSON.createObjectNode();
    manner.before(request, (ArrayNode) json(messages));
    return request;
  }

  @Test
  void resultsOfCallsThatWereMadeAtOnceAreOneMessage() throws Exception {
    String prompt =
        """
        [{'role':'assistant','content':null,'refusal':'Not that.','tool_calls':[
          {'id':'a','type':'function','function':{'name':'f','arguments':'{\\"n\\":1}'}},
          {'id':'b','type':'function','function':{'name':'g','arguments':''}}]},
         {'role':'tool','tool_call_id':'a','content':'one'},
         {'role':'tool','tool_call_id':'b','content':[{'type':'text','text':'two'}]},
         {'role':'user','content':[{'type':'file','file':{'filename':'a.pdf','file_data':'JVBERi0='}}]},
         {'role':'assistant','content':null}]""";

    assertThat(told(Manner.MESSAGES, prompt))
        .isEqualTo(
            json(
                """
                {'messages':[
                  {'role':'assistant','content':[{'type':'text','text':'Not that.'},
                    {'type':'tool_use','id':'a','name':'f','input':{'n':1}},
                    {'type':'tool_use','id':'b','name':'g','input':{}}]},
                  {'role':'user','content':[
                    {'type':'tool_result','tool_use_id':'a','content':[{'type':'text','text':'one'}]},
                    {'type':'tool_result','tool_use_id':'b','content':[{'type':'text','text':'two'}]}]},
                  {'role':'user','content':[{'type':'document','title':'a.pdf',
                    'source':{'type':'base64','media_type':'application/pdf','data':'JVBERi0='}}]}]}"""));
    assertThat(told(Manner.RESPONSES, prompt))
        .isEqualTo(
            json(
                """
                {'input':[
                  {'type':'message','role':'assistant','content':[{'type':'refusal','refusal':'Not that.'}]},
                  {'type':'function_call','call_id':'a','name':'f','arguments':'{\\"n\\":1}'},
                  {'type':'function_call','call_id':'b','name':'g','arguments':'{}'},
                  {'type':'function_call_output','call_id':'a','output':[{'type':'input_text','text':'one'}]},
                  {'type':'function_call_output','call_id':'b','output':[{'type':'input_text','text':'two'}]},
                  {'type':'message','role':'user','content':[
                    {'type':'input_file','filename':'a.pdf','file_data':'JVBERi0='}]}]}"""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "MESSAGES  | {'role':'user','content':[{'type':'input_audio','input_audio':{'data':'U','format':'wav'}}]} | sound",
        "MESSAGES  | {'role':'user','content':[{'type':'file','file':{'file_id':'f1'}}]} | a file that its provider keeps",
        "MESSAGES  | {'role':'assistant','tool_calls':[{'id':'a','function':{'name':'f','arguments':'[1]'}}]} | a call of f with arguments that are no JSON object",
        "MESSAGES  | {'role':'assistant','tool_calls':[{'id':'a','function':{'name':'f','arguments':'{'}}]} | a call of f with arguments that are no JSON object",
        "MESSAGES  | {'role':'assistant','tool_calls':[{'id':'a','type':'custom','custom':{}}]} | a call of a tool of the type custom",
        "RESPONSES | {'role':'assistant','audio':{'id':'x'}} | sound that the provider of an earlier answer keeps",
        "RESPONSES | {'role':'assistant','function_call':{'name':'f'}} | a call of a function in OpenAI’s way of old",
        "RESPONSES | {'role':'function','name':'f','content':'x'} | a message of the role function",
        "RESPONSES | {'role':'user','content':[{'type':'video','video':'x'}]} | a part of the type video",
        "RESPONSES | {'role':'system','content':[{'type':'image_url','image_url':'x'}]} | a system prompt that is no text",
      })
  void whatCannotBeSaidIsNamed(Manner manner, String message, String named) {
    assertThatThrownBy(() -> told(manner, "[" + message + "]"))
        .isInstanceOfSatisfying(
            ProblemException.class,
            refused -> {
              RequestProblem.Invalid problem = (RequestProblem.Invalid) refused.problem();
              assertThat(problem.field()).isEqualTo("prompt.name");
              assertThat(problem.detail().replace('\'', '’'))
                  .startsWith("the prompt holds " + named + ", which ");
            });
  }

  @Test
  void aVariableStandsInEveryTextAndBreaksNoArguments() {
    PromptVersion version =
        new PromptVersion(
            new UUID(0, 1),
            1,
            """
            [{"role":"user","content":[{"type":"text","text":"{{x}}?"},
               {"type":"image_url","image_url":{"url":"https://a/{{x}}"}}]},
             {"role":"assistant","tool_calls":[{"id":"a","type":"function","function":
               {"name":"f","arguments":"{\\"p\\":[\\"{{x}}\\"]}"}},{"id":"b","type":"function","function":
               {"name":"f","arguments":"{\\"n\\":{{n}}}"}}]},
             {"role":"tool","tool_call_id":"a","content":"{{x}}!"}]""",
            List.of(),
            Set.of());

    String x = "\"},\\ {\"";
    ArrayNode messages = Preparation.messages(version, Map.of("x", x, "n", "4"));

    assertThat(messages.at("/0/content/0/text").asText()).isEqualTo(x + "?");
    assertThat(messages.at("/0/content/1/image_url/url").asText()).isEqualTo("https://a/" + x);
    assertThat(messages.at("/2/content").asText()).isEqualTo(x + "!");
    JsonNode calls = messages.at("/1/tool_calls");
    assertThat(Preparation.json(calls.at("/0/function/arguments").asText()))
        .isEqualTo(JSON.createObjectNode().set("p", JSON.createArrayNode().add(x)));
    assertThat(calls.at("/1/function/arguments").asText()).isEqualTo("{\"n\":4}");
  }

  private static Agent agent() throws JsonProcessingException {
    return new Agent(
        new UUID(0, 2),
        new UUID(0, 3),
        "clerk",
        null,
        "chat",
        json(
            "[{'type':'function','function':{'name':'look','description':'Looks','parameters':{'type':'object'}}},"
                + "{'type':'function','function':{'name':'find'}}]"),
        null,
        null,
        null,
        null);
  }

  private static JsonNode asked(Manner manner, String body) throws Exception {
    return JSON.readTree(Preparation.agent(agent(), manner, JSON.writeValueAsBytes(json(body))));
  }

  @ParameterizedTest
  @EnumSource(Manner.class)
  void anAgentsToolsAreAsTheAgentHasThem(Manner manner) throws Exception {
    assertThat(asked(manner, "{'model':'x'}").path("tools"))
        .extracting(manner::toolName)
        .containsExactly("look", "find");
    String named = manner == Manner.CHAT ? "{'function':{'name':'look'}}" : "{'name':'look','x':1}";
    JsonNode some = asked(manner, "{'model':'x','tools':[" + named + "]}").path("tools");
    assertThat(some).extracting(manner::toolName).containsExactly("look");
    assertThat(some.findValuesAsText("description")).containsExactly("Looks");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "CHAT      | 'functions':[{'name':'rm'}]                         | functions",
        "CHAT      | 'web_search_options':{}                               | web_search_options",
        "CHAT      | 'tools':[{'type':'function','function':{'name':'rm'}}] | tools",
        "MESSAGES  | 'mcp_servers':[{'url':'https://a'}]                   | mcp_servers",
        "MESSAGES  | 'tools':[{'name':'rm','input_schema':{}}]           | tools",
        "RESPONSES | 'tools':[{'type':'web_search'}]                     | tools",
      })
  void anAgentTakesNoToolsOfOthers(Manner manner, String field, String named) {
    assertThatThrownBy(() -> asked(manner, "{'model':'x'," + field + "}"))
        .isInstanceOfSatisfying(
            ProblemException.class,
            refused ->
                assertThat(((RequestProblem.Invalid) refused.problem()).field()).isEqualTo(named));
  }
}
