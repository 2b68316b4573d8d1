package dev.ledgerstone.gateway.route;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.ledger.TaskType;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskRulesTest {
  private static final TaskRules RULES = TaskRules.bundled();

  private record Labelled(int line, TaskType task, String said) {
    boolean isHeldOut() {
      return line % 3 == 0;
    }
  }

  @Test
  void mostRequestsAreFoundToBeWhatTheyAre() throws IOException {
    List<Labelled> all = labelled();
    List<Labelled> wrong = wrong(all);
    long heldOut = all.stream().filter(Labelled::isHeldOut).count();
    long wrongHeldOut = wrong.stream().filter(Labelled::isHeldOut).count();
    double accuracy = 1 - (double) wrong.size() / all.size();
    double accuracyHeldOut = 1 - (double) wrongHeldOut / heldOut;

    System.out.printf(
        "tasks: %d requests, %.1f %% right; held out %d, %.1f %%%n",
        all.size(), 100 * accuracy, heldOut, 100 * accuracyHeldOut);
    assertThat(all).hasSizeGreaterThanOrEqualTo(300);
    assertThat(accuracy).as("wrong: %s", told(wrong)).isGreaterThanOrEqualTo(0.90);
    assertThat(accuracyHeldOut).as("of those held out").isGreaterThanOrEqualTo(0.80);
  }

  @Test
  void everyTaskIsFoundMoreOftenThanNot() throws IOException {
    List<Labelled> all = labelled();
    for (TaskType task : TaskType.values()) {
      List<Labelled> ofTask = all.stream().filter(each -> each.task == task).toList();
      assertThat(ofTask).as("%s in the set", task).hasSizeGreaterThanOrEqualTo(25);
      assertThat(wrong(ofTask))
          .as("%s taken for something else", task)
          .hasSizeLessThanOrEqualTo(ofTask.size() / 4);
    }
  }

  @Test
  void aSystemPromptTellsTheTaskOfBareContent() {
    Gist gist =
        new Gist(
            "The meeting is moved to Thursday.",
            "You are a translator. Translate what the user writes into French.",
            1,
            false,
            false,
            100);

    assertThat(RULES.find(gist)).isEqualTo(TaskType.TRANSLATION);
  }

  @Test
  void whatIsInTheMiddleOfALongTextTellsLess() {
    String said =
        "Summarize this article: " + "we wrote code in python and drew a picture. ".repeat(400);

    assertThat(found(said)).isEqualTo(TaskType.SUMMARIZATION);
  }

  @Test
  void aLongTalkIsAChat() {
    assertThat(RULES.find(new Gist("And what did she say then?", "", 6, false, false, 900)))
        .isEqualTo(TaskType.CHAT);
  }

  @ParameterizedTest
  @CsvSource({
    "'say it in french', TRANSLATION",
    "'SAY IT IN GERMAN', TRANSLATION",
    "'i say it in klingon', GENERAL",
    "'they do say it in french', GENERAL",
    "'please say it in french', TRANSLATION",
    "'fine. say it in french', TRANSLATION"
  })
  void aPhraseHasAlternativesAPlaceAndCourtesyBeforeIt(String said, TaskType task) {
    TaskRules rules =
        TaskRules.parse("[courtesy]\nplease\n[TRANSLATION]\n4 ^ say it in french|german\n");

    assertThat(rules.find(new Gist(said, "", 1, false, false, 10))).isEqualTo(task);
  }

  @ParameterizedTest
  @CsvSource({"'a b c', CHAT", "'a x c', CHAT", "'a c', GENERAL", "'a b b c', GENERAL"})
  void aStarIsAnyOneWord(String said, TaskType task) {
    TaskRules rules = TaskRules.parse("[CHAT]\n4 a * c\n");

    assertThat(rules.find(new Gist(said, "", 1, false, false, 10))).isEqualTo(task);
  }

  private static TaskType found(String said) {
    return RULES.find(new Gist(said, "", 1, false, false, said.length()));
  }

  private static List<Labelled> wrong(List<Labelled> all) {
    return all.stream().filter(each -> found(each.said) != each.task).toList();
  }

  private static String told(List<Labelled> wrong) {
    StringBuilder text = new StringBuilder();
    for (Labelled each : wrong) {
      text.append('\n')
          .append(each.isHeldOut() ? "(held out) " : "")
          .append(each.task)
          .append(" taken for ")
          .append(found(each.said))
          .append(": ")
          .append(each.said.replace('\n', ' '));
    }
    return text.toString();
  }

  private static List<Labelled> labelled() throws IOException {
    try (InputStream in = TaskRulesTest.class.getResourceAsStream("/routing/requests.tsv")) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), UTF_8);
      List<Labelled> all = new ArrayList<>();
      for (String line : text.split("\n", -1)) {
        if (!line.isEmpty()) {
          String[] parts = line.split("\t", 2);
          all.add(
              new Labelled(
                  all.size() + 1,
                  TaskType.valueOf(parts[0]),
                  parts[1].replace("\\n", "\n").replace("\\t", "\t")));
        }
      }
      return all;
    }
  }
}
