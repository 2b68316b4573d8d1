package dev.ledgerstone.gateway.wire;

import static dev.ledgerstone.gateway.provider.Endpoint.CHAT_COMPLETIONS;
import static dev.ledgerstone.gateway.provider.Endpoint.COMPLETIONS;
import static dev.ledgerstone.gateway.provider.Endpoint.EMBEDDINGS;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.problem.Problem;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenAiRequestTest {
  private static final String HELLO = "[{'role':'user','content':'hello'}]";

  /** JSON with single quotes, to be read by people. */
  private static OpenAiRequest scan(Endpoint endpoint, String json) {
    return OpenAiRequest.scan(endpoint, json.replace('\'', '"').getBytes(UTF_8));
  }

  private static OpenAiRequest chat(String fields) {
    return scan(CHAT_COMPLETIONS, "{'model':'m'," + fields + "}");
  }

  private static Problem refused(Endpoint endpoint, byte[] body) {
    var thrown =
        catchThrowableOfType(
            ProblemException.class, () -> OpenAiRequest.scan(endpoint, body).toString());
    assertThat(thrown).as("the request must be refused").isNotNull();
    return thrown.problem();
  }

  private static Problem refused(Endpoint endpoint, String json) {
    return refused(endpoint, json.replace('\'', '"').getBytes(UTF_8));
  }

  @Test
  void readsWhatTheGatewayNeeds() {
    var request =
        scan(
            CHAT_COMPLETIONS,
            """
            {'model': 'gpt-4o', 'stream': true, 'n': 3, 'max_completion_tokens': 100,
             'stream_options': {'x': 1, 'include_usage': true}, 'user': 'eve\\u0021',
             'metadata': {'team': 'red'}, 'tools': [{'type': 'function'}, {'type': 'function'}],
             'thinking': {'type': 'enabled'},
             'messages': [{'role': 'system', 'content': 'be brief'},
                          {'role': 'user', 'content': [{'type': 'text', 'text': 'hi'}]},
                          {'role': 'assistant', 'content': null, 'tool_calls': [{'id': 'c'}]},
                          {'role': 'tool', 'tool_call_id': 'c', 'content': '4'}]}
            """);
    assertThat(request.model()).isEqualTo("gpt-4o");
    assertThat(request.isStream()).isTrue();
    assertThat(request.wantsUsage()).isTrue();
    assertThat(request.outputLimit()).isEqualTo(new OutputLimit("max_completion_tokens", 100));
    assertThat(request.outputs()).isEqualTo(3);
    assertThat(request.user()).isEqualTo("eve!");
    assertThat(request.metadata()).isEqualTo(Map.of("team", "red"));
    assertThat(request.input()).isEqualTo(new OpenAiRequest.Input(4, 0, 0, 0, 2, false));
  }

  @Test
  void optionalFieldsMayBeNull() {
    var request =
        chat(
            """
            'messages':[{'role':'user','content':'x','name':null}],'max_tokens':null,'n':null,
            'stream':null,'stream_options':null,'temperature':null,'user':null,'metadata':null,
            'tools':null,'stop':null,'response_format':null,'seed':null
            """);
    assertThat(request.isStream()).isFalse();
    assertThat(request.outputLimit()).isNull();
    assertThat(request.outputs()).isEqualTo(1);
  }

  @ParameterizedTest(name = "{1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {}                                                                | model
          {'model':3}                                                       | model
          {'model':null}                                                    | model
          {'model':' '}                                                     | model
          {'model':'m'}                                                     | messages
          {'model':'m','messages':null}                                     | messages
          {'model':'m','messages':'x'}                                      | messages
          {'model':'m','messages':[]}                                       | messages
          {'model':'m','messages':[1]}                                      | messages[0]
          {'model':'m','messages':[{}]}                                     | messages[0].role
          {'model':'m','messages':[{'role':'root'}]}                        | messages[0].role
          {'model':'m','messages':[{'role':7}]}                             | messages[0].role
          {'model':'m','messages':[{'role':'user'}]}                        | messages[0].content
          {'model':'m','messages':[{'role':'user','content':null}]}         | messages[0].content
          {'model':'m','messages':[{'role':'tool','content':'4'}]}          | messages[0].tool_call_id
          {'model':'m','messages':[{'role':'user','content':'a'},{'role':'user','content':5}]} | messages[1].content
          {'model':'m','messages':[{'role':'user','content':[7]}]}          | messages[0].content[0]
          {'model':'m','messages':[{'role':'user','content':[{}]}]}         | messages[0].content[0].type
          {'model':'m','messages':[{'role':'user','content':[{'type':'text'}]}]} | messages[0].content[0].text
          {'model':'m','messages':[{'role':'user','content':[{'type':'image_url'}]}]} | messages[0].content[0].image_url
          {'model':'m','messages':[{'role':'user','content':[{'type':'image_url','image_url':{}}]}]} | messages[0].content[0].image_url.url
          {'model':'m','messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':1}}]}]} | messages[0].content[0].image_url.url
          {'model':'m','messages':[{'role':'assistant','tool_calls':{}}]}   | messages[0].tool_calls
          {'model':'m','messages':[{'role':'assistant','tool_calls':[1]}]}  | messages[0].tool_calls[0]
          {'temperature':2.1}                                               | temperature
          {'temperature':'1'}                                               | temperature
          {'temperature':1e999}                                             | temperature
          {'top_p':-0.1}                                                    | top_p
          {'presence_penalty':3}                                            | presence_penalty
          {'n':0}                                                           | n
          {'n':129}                                                         | n
          {'n':1.0}                                                         | n
          {'max_tokens':0}                                                  | max_tokens
          {'max_tokens':1e3}                                                | max_tokens
          {'max_tokens':99999999999999999999}                               | max_tokens
          {'max_tokens':1,'max_completion_tokens':1}                        | max_completion_tokens
          {'stream':'true'}                                                 | stream
          {'stream_options':true}                                           | stream_options
          {'stream_options':{'include_usage':1}}                            | stream_options.include_usage
          {'tools':{}}                                                      | tools
          {'tools':['x']}                                                   | tools[0]
          {'response_format':'json'}                                        | response_format
          {'user':5}                                                        | user
          {'metadata':{'a':1}}                                              | metadata.a
          {'logprobs':2}                                                    | logprobs
          """)
  void aFieldOfTheWrongKindIsNamed(String json, String field) {
    Problem problem = refused(CHAT_COMPLETIONS, json);
    assertThat(problem).isInstanceOf(RequestProblem.Invalid.class);
    assertThat(problem.field()).isEqualTo(field);
    assertThat(problem.detail()).startsWith(field);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'model':'cheap','model':'dear'}                                            | model
          {'mod\\u0065l':'cheap','model':'dear'}                                       | model
          {'x':1,'x':1}                                                               | x
          {'max_tokens':1,'max_tokens':100000}                                        | max_tokens
          {'stream_options':{'include_usage':true,'include_usage':false}} | stream_options.include_usage
          {'messages':[{'role':'user','content':'a','content':'b'}]}      | messages[0].content
          {'messages':[{'role':'user','role':'system','content':'b'}]}    | messages[0].role
          {'messages':[{'role':'user','content':[{'type':'text','text':'a','text':'b'}]}]} | messages[0].content[0].text
          {'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':'a','url':'b'}}]}]} | messages[0].content[0].image_url.url
          {'metadata':{'a':'1','a':'2'}}                                              | metadata.a
          """)
  void aFieldThatIsThereTwiceIsRefused(String json, String field) {
    Problem problem = refused(CHAT_COMPLETIONS, json);
    assertThat(problem.field()).isEqualTo(field);
    assertThat(problem.detail()).endsWith("is there twice");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "  ",
        "[]",
        "null",
        "'model'",
        "{",
        "{'model':'m'",
        "{'model':'m',}",
        "{'model':m}",
        "{'model':'m'} {}",
        "{'model':'m'}x",
        "\uFEFF{'model':'m'}",
        "{'model':NaN}",
        "{'model':'a\nb'}",
        "{/* comment */'model':'m'}"
      })
  void whatIsNotOneJsonObjectIsMalformed(String body) {
    assertThat(refused(CHAT_COMPLETIONS, body)).isInstanceOf(RequestProblem.Malformed.class);
  }

  @Test
  void aMalformedBodyIsToldByPlaceAndNeverQuoted() {
    Problem problem = refused(CHAT_COMPLETIONS, "{\n 'model': secret}");
    assertThat(problem.detail()).contains("line 2, column").doesNotContain("secret");
  }

  @Test
  void anotherEncodingThanUtf8IsRefused() {
    assertThat(refused(CHAT_COMPLETIONS, "{\"model\":\"m\"}".getBytes(UTF_16LE)))
        .isInstanceOf(RequestProblem.Malformed.class);
  }

  @Test
  void depthIsBounded() {
    String deep = "{'model':'m','messages':" + HELLO + ",'x':%s1%s}";
    scan(CHAT_COMPLETIONS, deep.formatted("[".repeat(127), "]".repeat(127)));
    assertThat(
            refused(CHAT_COMPLETIONS, deep.formatted("[".repeat(100_000), "]".repeat(100_000)))
                .detail())
        .contains("deeper than 128");
  }

  @Test
  void imagesAreCountedAndTheirDataIsNotText() {
    String data = "data:image/png;base64," + "A".repeat(100_000);
    String message =
        """
        'messages':[{'role':'user','content':[{'type':'text','text':'what is this?'},
          {'type':'image_url','image_url':{'detail':'high','url':'%s'}},
          {'type':'image_url','image_url':{'url':'https://example.com/a.png'}}]}]
        """;
    var request = chat(message.formatted(data));
    assertThat(request.input().images()).isEqualTo(2);
    assertThat(request.input().imageBytes()).isEqualTo(data.length());
    assertThat(request.worstInputTokens(1000)).isBetween(2200L, 3000L);
    // Written with an escape it is not known as data, and counts as text: dearer, never cheaper.
    var escaped = chat(message.formatted("\\u0064" + data.substring(1)));
    assertThat(escaped.worstInputTokens(1000)).isGreaterThan(100_000);
  }

  @ParameterizedTest
  @CsvSource({
    "gpt-4o, 16384",
    "gpt-4o-mini, 48169",
    "gpt-4o-mini-2024-07-18, 48169",
    "openai/gpt-4o-mini, 48169",
    "glm-4.5v, 16384"
  })
  void anImageHasTheMaximumOfItsModel(String model, int tokens) {
    assertThat(ImageTokens.DEFAULT.worst(model)).isEqualTo(tokens);
  }

  @Test
  void audioCountsByItsBytesAndAFileHasNoBound() {
    var audio =
        chat(
            "'messages':[{'role':'user','content':[{'type':'input_audio','input_audio':"
                + "{'data':'%s','format':'wav'}}]}]".formatted("A".repeat(5000)));
    assertThat(audio.worstInputTokens(0)).isGreaterThan(5000);
    assertThat(audio.input().isUnbounded()).isFalse();
    var file =
        chat("'messages':[{'role':'user','content':[{'type':'file','file':{'file_id':'f-1'}}]}]");
    assertThat(file.input().isUnbounded()).isTrue();
  }

  @Test
  void completionsMultiplyTheirPrompts() {
    var request =
        scan(COMPLETIONS, "{'model':'m','prompt':['a','b','c'],'n':2,'best_of':4,'logprobs':2}");
    assertThat(request.input().prompts()).isEqualTo(3);
    assertThat(request.outputs()).isEqualTo(12);
    assertThat(scan(COMPLETIONS, "{'model':'m'}").outputs()).isEqualTo(1);
    assertThat(scan(COMPLETIONS, "{'model':'m','prompt':[1,2,3]}").outputs()).isEqualTo(1);
    assertThat(scan(COMPLETIONS, "{'model':'m','prompt':[[1,2],[3]]}").outputs()).isEqualTo(2);
    assertThat(refused(COMPLETIONS, "{'model':'m','n':4,'best_of':2}").field())
        .isEqualTo("best_of");
    assertThat(refused(COMPLETIONS, "{'model':'m','prompt':[true]}").field())
        .isEqualTo("prompt[0]");
  }

  @Test
  void embeddingsTakeTextsOrTokens() {
    assertThat(scan(EMBEDDINGS, "{'model':'m','input':'a','dimensions':256}").outputs()).isZero();
    assertThat(scan(EMBEDDINGS, "{'model':'m','input':['a','b']}").input().prompts()).isEqualTo(2);
    assertThat(refused(EMBEDDINGS, "{'model':'m'}").field()).isEqualTo("input");
    assertThat(refused(EMBEDDINGS, "{'model':'m','input':[]}").field()).isEqualTo("input");
    assertThat(refused(EMBEDDINGS, "{'model':'m','input':null}").field()).isEqualTo("input");
    assertThat(refused(EMBEDDINGS, "{'model':'m','input':'a','dimensions':0}").field())
        .isEqualTo("dimensions");
  }

  @Test
  void aRequestIsNeverShown() {
    assertThat(chat("'messages':" + HELLO).toString()).doesNotContain("hello").contains("bytes");
  }
}
