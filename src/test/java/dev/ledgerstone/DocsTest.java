package dev.ledgerstone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.settings.Config;
import dev.ledgerstone.settings.ConfigFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The pages hang together: what they point to is there, and the index knows each of them. */
class DocsTest {
  private static final Path DOCS = Path.of("docs");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]+)(#[^)]*)?\\)");

  @Test
  void everyLinkToAFileLeadsSomewhere() throws IOException {
    List<String> broken = new ArrayList<>();
    int links = 0;
    for (Path page : pages()) {
      for (String target : links(Files.readString(page))) {
        links++;
        Path folder = page.getParent() == null ? Path.of("") : page.getParent();
        if (Files.notExists(folder.resolve(target))) {
          broken.add(page + " -> " + target);
        }
      }
    }
    assertThat(links).isGreaterThan(20);
    assertThat(broken).isEmpty();
  }

  @Test
  void theIndexListsEveryPage() throws IOException {
    List<String> listed = links(Files.readString(DOCS.resolve("README.md")));
    List<String> missing =
        pages().stream()
            .filter(page -> page.startsWith(DOCS) && !page.endsWith("README.md"))
            .map(page -> DOCS.relativize(page).toString())
            .filter(page -> !listed.contains(page))
            .toList();
    assertThat(missing).as("pages that docs/README.md does not list").isEmpty();
  }

  @Test
  void everyDecisionHasItsNumberAndSaysWhatWasDecided() throws IOException {
    List<String> numbers = new ArrayList<>();
    for (Path page : pages()) {
      if (page.startsWith(DOCS.resolve("adr"))) {
        String number = page.getFileName().toString().substring(0, 4);
        numbers.add(number);
        assertThat(Files.readString(page))
            .as(page.toString())
            .startsWith("# " + number + ": ")
            .contains("\n## Decision\n");
      }
    }
    assertThat(numbers).isNotEmpty().doesNotHaveDuplicates();
  }

  @Test
  void theFirstConfigurationThatAStrangerCopiesIsOne() throws IOException {
    String page = Files.readString(Path.of("README.md"));
    int begin = page.indexOf("```yaml\n") + "```yaml\n".length();
    Config config =
        ConfigFile.parse(
            page.substring(begin, page.indexOf("```", begin)),
            "README.md",
            Map.of("ZAI_API_KEY", "secret", "CI_KEY", "lsk_test_0123456789abcdef"),
            Config.Known.NOTHING);

    assertThat(config.budgets()).hasSize(2);
    assertThat(config.keys()).hasSize(1);
    assertThat(config.services()).hasSize(2);
  }

  @Test
  void aLinkIsSeen() {
    assertThat(links("see [a](b.md#c), [d](https://e.org/f) and [g](h/i.md)"))
        .containsExactly("b.md", "h/i.md");
  }

  /** Targets that are files. */
  private static List<String> links(String text) {
    List<String> found = new ArrayList<>();
    Matcher link = LINK.matcher(text);
    while (link.find()) {
      if (!link.group(1).contains(":")) {
        found.add(link.group(1));
      }
    }
    return found;
  }

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>();
    try (Stream<Path> docs = Files.walk(DOCS);
        Stream<Path> top = Files.list(Path.of(""))) {
      Stream.concat(docs, top).filter(it -> it.toString().endsWith(".md")).forEach(pages::add);
    }
    return pages;
  }
}
