package dev.ledgerstone.gateway.scores;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.dialogue.FinishReason;
import dev.ledgerstone.gateway.dialogue.OutputFormat;
import dev.ledgerstone.gateway.dialogue.Part;
import dev.ledgerstone.gateway.dialogue.Reply;
import dev.ledgerstone.ledger.Outcome;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JudgeTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static ScoreRules rules(String json) throws JsonProcessingException {
    return Objects.requireNonNull(
        ScoreRules.of(JSON.readTree("{\"scores\":" + json.replace('\'', '"') + "}")));
  }

  private static Reply says(Part... parts) {
    return new Reply("", "", List.of(parts), FinishReason.STOP, null, null);
  }

  private static Reply says(String text) {
    return says(new Part.Text(text));
  }

  private static OutputFormat schema(String schema) throws JsonProcessingException {
    return new OutputFormat.Schema(
        null, null, (ObjectNode) JSON.readTree(schema.replace('\'', '"')), true);
  }

  @Test
  void nothingIsScoredUnlessAServiceSaysSo() throws Exception {
    for (String off :
        List.of("{}", "{\"scores\":{}}", "{\"scores\":{\"format\":false}}", "{\"scores\":null}")) {
      assertThat(ScoreRules.of(JSON.readTree(off))).as(off).isNull();
    }
    assertThat(ScoreRules.of(null)).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"name\":\"Ann\",\"age\":30}                     | 1",
        " {\"name\":\"Ann\",\"age\":30,\"pets\":[]}        | 1",
        "{\"name\":\"Ann\",\"age\":30.0,\"pets\":[{\"n\":1}]} | 1",
        "{\"name\":\"Ann\"}                                | 0",
        "{\"name\":\"Ann\",\"age\":30.5}                   | 0",
        "{\"name\":\"Ann\",\"age\":-1}                     | 0",
        "{\"name\":null,\"age\":30}                        | 0",
        "{\"name\":\"Bob\",\"age\":30}                     | 0",
        "{\"name\":\"Ann\",\"age\":30,\"more\":1}          | 0",
        "{\"name\":\"Ann\",\"age\":30,\"pets\":[{}]}       | 0",
        "{\"name\":\"Ann\",\"age\":30} and so on           | 0",
        "Ann is 30                                         | 0",
      })
  void anAnswerHasTheFormThatWasAskedFor(String text, double expected) throws Exception {
    OutputFormat wanted =
        schema(
            """
            {'type':'object','required':['name','age'],'additionalProperties':false,
             'properties':{'name':{'enum':['Ann','Eve']},'age':{'type':'integer','minimum':0},
             'pets':{'type':'array','items':{'$ref':'#/$defs/pet'}}},
             '$defs':{'pet':{'anyOf':[{'type':'string'},{'type':'object','required':['n']}]}}}""");

    assertThat(Judge.scores(rules("{'format':true}"), says(text), wanted))
        .containsExactly(new Outcome.Score("format", expected, null, null));
  }

  @Test
  void formIsScoredWhereOneWasAskedForAlone() throws Exception {
    ScoreRules rules = rules("{'format':true}");
    assertThat(Judge.scores(rules, says("Hi"), new OutputFormat.Text())).isEmpty();
    assertThat(Judge.scores(rules, says("[1]"), new OutputFormat.Json()))
        .extracting(Outcome.Score::confidence)
        .containsExactly(0.0);
    assertThat(Judge.scores(rules, says(new Part.ToolUse("c", "f", "{}")), new OutputFormat.Json()))
        .as("a call of a tool is no answer yet")
        .isEmpty();
  }

  @Test
  void aSchemaThatRefersToItselfEnds() throws Exception {
    assertThat(
            SchemaCheck.fits(
                JSON.readTree("{\"$ref\":\"#\",\"type\":\"object\"}"), JSON.readTree("{}")))
        .isFalse();
  }

  @Test
  void aSchemaThatBranchesIntoItselfEnds() throws Exception {
    String branches = "{'anyOf':[{'$ref':'#'},{'$ref':'#'},{'type':'null'}]}".replace('\'', '"');
    assertThat(SchemaCheck.fits(JSON.readTree(branches), JSON.readTree("1"))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "I'm sorry, but I can't help with that.",
        "I’m unable to assist with this request.",
        "Sorry, but I can’t do it.",
        "As an AI language model, I cannot feel.",
        "Dabei kann ich Ihnen leider nicht helfen. Tut mir leid, aber ich kann es nicht.",
        "Je suis désolé, mais je ne peux pas répondre."
      })
  void aRefusalIsToldFromAnAnswer(String text) throws Exception {
    assertThat(Judge.scores(rules("{'refusal':true}"), says(text), new OutputFormat.Text()))
        .containsExactly(new Outcome.Score("refusal", null, null, 0.0));
  }

  @Test
  void anAnswerIsNoRefusal() throws Exception {
    ScoreRules rules = rules("{'refusal':true}");
    String late = "Here you are. ".repeat(30) + "I can't help with that, said the clerk.";
    for (String text : List.of("I can help with that.", late, "Sorry for the delay: 42.")) {
      assertThat(Judge.scores(rules, says(text), new OutputFormat.Text()))
          .extracting(Outcome.Score::relevance)
          .containsExactly(1.0);
    }
    Reply said = says(new Part.Refusal("No."));
    assertThat(Judge.scores(rules, said, new OutputFormat.Text()))
        .extracting(Outcome.Score::relevance)
        .containsExactly(0.0);
  }

  @Test
  void unwantedWordsAreFoundWholeAndInAnyCase() throws Exception {
    ScoreRules usual = rules("{'toxicity':true}");
    assertThat(safety(usual, "You are wonderful. The bastion of Scunthorpe.")).isEqualTo(1.0);
    assertThat(safety(usual, "You IDIOTS!")).isEqualTo(0.5);
    assertThat(safety(usual, "Shut\nup, you’re stupid.")).isCloseTo(1.0 / 3, within());
    ScoreRules own = rules("{'toxic_words':['Rival Corp','cheap*']}");
    assertThat(safety(own, "You idiot.")).isEqualTo(1.0);
    assertThat(safety(own, "RIVAL-CORP is cheaper.")).isCloseTo(1.0 / 3, within());
  }

  private static org.assertj.core.data.Offset<Double> within() {
    return org.assertj.core.data.Offset.offset(1e-9);
  }

  private static double safety(ScoreRules rules, String text) {
    return Objects.requireNonNull(
        Judge.scores(rules, says(text), new OutputFormat.Text()).getFirst().safety());
  }
}
