package dev.ledgerstone.promises;

import static dev.ledgerstone.db.schema.Tables.EVENTS;
import static dev.ledgerstone.db.schema.Tables.REQUEST_SCORES;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.schema.tables.records.RequestScoresRecord;
import dev.ledgerstone.testkit.Traffic;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Answers are scored by rules as their calls are settled, whatever format they came in. */
@ParameterizedClass
@EnumSource(Engine.class)
class ScoresTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final House house;
  private final Client client;

  ScoresTest(Engine engine) throws IOException {
    house = new House(engine).hardBudget("wide", 100_000 * House.CALL);
    house.speaks(
        ProviderSide.FORMATS,
        "retries: 0, scores: { format: true, refusal: true, toxic_words: [age] }");
    client = house.client(house.open());
  }

  @AfterEach
  void close() throws Exception {
    house.closeBalanced();
  }

  private List<RequestScoresRecord> scores() {
    return house.database.read(
        sql -> sql.selectFrom(REQUEST_SCORES).orderBy(REQUEST_SCORES.SCORER).fetch());
  }

  private List<RequestScoresRecord> of(UUID request) {
    return scores().stream().filter(score -> score.getRequestId().equals(request)).toList();
  }

  /** What the event of the line's end says of its scores. */
  private JsonNode told(UUID request) {
    return house.database.read(
        sql ->
            sql.select(EVENTS.DATA)
                .from(EVENTS)
                .where(EVENTS.TYPE.eq("ai_request.finished"))
                .and(EVENTS.SUBJECT_ID.eq(request))
                .fetchSingle()
                .value1()
                .path("scores"));
  }

  @Test
  void everyFormatsAnswerIsScoredWholeAndStreamed() throws Exception {
    int asked = 0;
    for (ProviderSide to : ProviderSide.FORMATS) {
      for (ClientSide from : ClientSide.values()) {
        boolean isStream = asked++ % 2 == 0;
        house.upstream.next(Traffic.answer(to.folder, "schema", isStream));
        Reply reply =
            client.post(
                from.path, Traffic.request(from.folder, "schema", "s-" + to.folder, isStream));
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        UUID id = reply.id();
        assertThat(of(id))
            .extracting(RequestScoresRecord::getScorer)
            .containsExactly("format", "refusal", "toxicity");
        assertThat(of(id)).allMatch(score -> score.getScorerKind().equals("RULE"));
        assertThat(of(id).get(0).getConfidence()).isEqualTo(1.0);
        assertThat(of(id).get(1).getRelevance()).isEqualTo(1.0);
        assertThat(of(id).get(2).getSafety()).isEqualTo(0.5);
        assertThat(told(id))
            .isEqualTo(
                JSON.readTree(
                    "{\"format\":{\"confidence\":1.0},\"refusal\":{\"relevance\":1.0},\"toxicity\":{\"safety\":0.5}}"));
      }
    }
  }

  @Test
  void nobodyElsesAnswersAreScored() throws Exception {
    assertThat(client.ask(Ask.of("chat")).isAnswered()).isTrue();
    house.upstream.next(Traffic.error("openai", "error", 400));
    assertThat(client.ask(Ask.of("s-openai")).status()).isEqualTo(400);
    house.upstream.next(Traffic.answer("openai", "text", false));
    UUID last = client.ask(Ask.of("s-openai")).id();
    assertThat(scores()).hasSize(2);
    assertThat(of(last)).hasSize(2);
    assertThat(told(last)).hasSize(2);
  }
}
