package dev.ledgerstone.gateway.cache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.gateway.provider.Endpoint;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AskedTest {
  private static final Asked.Place PLACE =
      new Asked.Place(
          new UUID(1, 1), new UUID(2, 2), new UUID(3, 3), "m", Endpoint.CHAT_COMPLETIONS);
  private static final String MESSAGES =
      "'messages':[{'role':'system','content':'Be brief.'},{'role':'user','content':'Hello?'}]";

  private static Asked asked(Asked.Place place, String json) {
    return Objects.requireNonNull(
        Asked.of(place, "openai", json.replace('\'', '"').getBytes(UTF_8), true));
  }

  private static Asked asked(String members) {
    return asked(PLACE, "{" + members + "}");
  }

  @Test
  void howAnAnswerIsDeliveredChangesNoKey() {
    Asked plain = asked("'model':'m'," + MESSAGES);
    assertThat(asked(MESSAGES + ", 'model':'other name','stream':true,'user':'u'"))
        .isEqualTo(plain);
    assertThat(asked("'stream_options':{'include_usage':true},'metadata':{'a':'b'}," + MESSAGES))
        .isEqualTo(plain);
    assertThat(plain.question()).isEqualTo("Hello?");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'temperature':0.5",
        "'max_tokens':5",
        "'seed':1",
        "'n':2",
        "'tools':[{'type':'function','function':{'name':'f'}}]",
        "'response_format':{'type':'json_object'}",
        "'unheard_of':true"
      })
  void whatAnAnswerDependsOnChangesKeyAndScope(String member) {
    Asked plain = asked(MESSAGES);
    Asked other = asked(member + "," + MESSAGES);
    assertThat(other.key()).isNotEqualTo(plain.key());
    assertThat(other.scope()).isNotEqualTo(plain.scope());
  }

  @Test
  void anotherQuestionIsAnotherKeyInTheSameScope() {
    Asked plain = asked(MESSAGES);
    Asked other = asked(MESSAGES.replace("Hello?", "Who?"));
    assertThat(other.key()).isNotEqualTo(plain.key());
    assertThat(other.scope()).isEqualTo(plain.scope());
    Asked elsewhere = asked(MESSAGES.replace("brief", "long"));
    assertThat(elsewhere.scope()).isNotEqualTo(plain.scope());
  }

  @Test
  void tenantServiceProviderModelAndEndpointStandInTheKey() {
    String json = "{" + MESSAGES + "}";
    UUID id = new UUID(9, 9);
    assertThat(
            Stream.of(
                    PLACE,
                    new Asked.Place(id, PLACE.service(), PLACE.provider(), "m", PLACE.endpoint()),
                    new Asked.Place(PLACE.tenant(), id, PLACE.provider(), "m", PLACE.endpoint()),
                    new Asked.Place(PLACE.tenant(), PLACE.service(), id, "m", PLACE.endpoint()),
                    new Asked.Place(
                        PLACE.tenant(), PLACE.service(), PLACE.provider(), "n", PLACE.endpoint()),
                    new Asked.Place(
                        PLACE.tenant(),
                        PLACE.service(),
                        PLACE.provider(),
                        "m",
                        Endpoint.COMPLETIONS))
                .map(place -> asked(place, json).key()))
        .doesNotHaveDuplicates();
  }

  @Test
  void theOrderOfMembersMeansNothingAndThatOfMessagesDoes() {
    assertThat(asked("'a':{'x':1,'y':2}," + MESSAGES))
        .isEqualTo(asked(MESSAGES + ",'a':{'y':2,'x':1}"));
    assertThat(asked("'stop':['a','b']," + MESSAGES).key())
        .isNotEqualTo(asked("'stop':['b','a']," + MESSAGES).key());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'store':true}",
        "{'web_search_options':{}}",
        "{'a':1,'a':2}",
        "{'a':{'b':1,'b':2}}",
        "[]",
        "no json"
      })
  void whatDoesMoreThanAnswerOrIsAmbiguousIsNotKept(String json) {
    assertThat(Asked.of(PLACE, "openai", json.replace('\'', '"').getBytes(UTF_8), true)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'messages':[{'role':'user','content':[{'type':'text','text':'a'}]}]",
        "'messages':[{'role':'user','content':'a'},{'role':'assistant','content':'b'}]",
        "'messages':[]"
      })
  void whereThereIsNoOneQuestionThereIsNoScope(String members) {
    Asked asked = asked(members);
    assertThat(asked.scope()).isNull();
    assertThat(asked.question()).isNull();
  }
}
