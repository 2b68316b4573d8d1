package dev.ledgerstone.gateway.wire;

import static dev.ledgerstone.gateway.provider.Endpoint.CHAT_COMPLETIONS;
import static dev.ledgerstone.gateway.provider.Endpoint.EMBEDDINGS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.ledgerstone.gateway.provider.Endpoint;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenCounterTest {
  private final TokenCounter counter = new TokenCounter();

  private static OpenAiRequest scan(Endpoint endpoint, String json) {
    return OpenAiRequest.scan(endpoint, json.replace('\'', '"').getBytes(UTF_8));
  }

  @Test
  void countsAsTheModelsTokenizerDoes() {
    // o200k_base learnt Chinese better than cl100k_base did.
    assertThat(counter.count("gpt-4o", "hello world")).isEqualTo(2);
    assertThat(counter.count("gpt-4o", "漢".repeat(10)))
        .isLessThan(counter.count("gpt-4", "漢".repeat(10)));
    assertThat(counter.count("openai/gpt-3.5-turbo", "漢"))
        .isEqualTo(counter.count("gpt-4-turbo", "漢"));
    assertThat(counter.count("glm-4.5", "漢")).isEqualTo(counter.count("gpt-4o", "漢"));
    assertThat(counter.count("gpt-4o", "<|endoftext|>")).isGreaterThan(1);
    assertThat(counter.count("gpt-4o", "")).isZero();
  }

  @Test
  void countsMessagesAsTheCookbookDoes() {
    // 3 for the answer, then 3 and the role and the words of each message; 1 for having a name.
    var request =
        scan(
            CHAT_COMPLETIONS,
            "{'model':'gpt-4o','messages':[{'role':'system','content':'hello world'},"
                + "{'role':'user','name':'bob','content':[{'type':'text','text':'hello'}]}]}");
    assertThat(counter.countInput("gpt-4o", request))
        .isEqualTo(3 + (3 + 1 + 2) + (3 + 1 + 1 + 1 + 1));
  }

  @Test
  void toolsCountByTheirJson() {
    String messages = "'messages':[{'role':'user','content':'hello'}]";
    var without = scan(CHAT_COMPLETIONS, "{'model':'m'," + messages + "}");
    var with =
        scan(
            CHAT_COMPLETIONS,
            "{'model':'m',"
                + messages
                + ",'tools':[{'type':'function','function':{'name':'add'}}]}");
    assertThat(counter.countInput("m", with) - counter.countInput("m", without))
        .isEqualTo(counter.count("m", "[{\"type\":\"function\",\"function\":{\"name\":\"add\"}}]"));
  }

  @Test
  void countsWhatIsEmbedded() {
    assertThat(counter.countInput("m", scan(EMBEDDINGS, "{'model':'m','input':['a','b c']}")))
        .isEqualTo(3);
    assertThat(counter.countInput("m", scan(EMBEDDINGS, "{'model':'m','input':[5,6,7]}")))
        .isEqualTo(3);
    assertThat(counter.countInput("m", scan(EMBEDDINGS, "{'model':'m','input':[[5,6],[7]]}")))
        .isEqualTo(3);
  }

  @Test
  void cutsOfProseDoNotChangeItsCount() {
    String sentence = "The ledger is written before the last byte leaves. ";
    // The space at the very end is a token by itself, once.
    long forty = counter.count("gpt-4o", sentence.repeat(40)) - 1;
    assertThat(counter.count("gpt-4o", sentence.repeat(4000))).isEqualTo(forty * 100 + 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "_", " ", "\n", "\u00e9", "\uD83D\uDE00", "ab", "1", "\u0301"})
  void runsOfOneCharacterAreCountedInSlices(String unit) {
    // Twice the text is twice the tokens: what is cut off does not depend on the whole.
    long some = counter.count("gpt-4o", unit.repeat(16_384));
    assertThat(counter.count("gpt-4o", unit.repeat(65_536))).isCloseTo(some * 4, within(some / 5));
  }

  @Test
  void theRestOfAHugeTextIsTakenToBeLikeItsBeginning() {
    String text = "All calls are settled once. ".repeat(100_000);
    long exact =
        100_000L * counter.count("gpt-4o", "All calls are settled once. ".repeat(100)) / 100;
    assertThat(counter.count("gpt-4o", text)).isCloseTo(exact, within(exact / 100));
    assertThat(counter.countOutput("gpt-4o", "one two three four", 18)).isEqualTo(8);
  }

  /** The bound that budgets stand on, held against a real tokenizer. */
  @Property(tries = 300)
  void theWorstCaseIsNeverLessThanTheCount(@ForAll String content) {
    String text = new String(content.getBytes(UTF_8), UTF_8);
    String json =
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\""
            + new String(JsonStringEncoder.getInstance().quoteAsString(text))
            + "\"}]}";
    var request = OpenAiRequest.scan(CHAT_COMPLETIONS, json.getBytes(UTF_8));
    for (String model : new String[] {"gpt-4o", "gpt-4"}) {
      assertThat(counter.count(model, text)).isLessThanOrEqualTo(text.getBytes(UTF_8).length);
      assertThat(counter.countInput(model, request))
          .isLessThanOrEqualTo(request.worstInputTokens(0));
    }
  }
}
