package dev.ledgerstone.db.design;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.migrate.MigrationSource;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/** Diagrams show every table, where it can be read. */
class DiagramTest {
  private static final Design WHOLE = Designs.made(MigrationSource.classpath());

  @Test
  void mermaidTellsTablesAndReferences() {
    String text = Mermaid.of(WHOLE.of("chat"));

    assertThat(text)
        .startsWith("erDiagram\n")
        .contains("  messages {\n", "    uuid id PK\n", "  conversations ||--o{ messages : \"conversation_id\"\n");
    assertThat(text.lines().skip(1))
        .allMatch(
            it ->
                it.matches(
                    "  [a-z_]+ \\{|    [a-z0-9_]+ [a-z_0-9]+( PK| FK| PK,FK)?|  \\}|  [a-z_]+ (\\|\\||\\|o)--o[{|] [a-z_]+ : \"[a-z_]+\""));
  }

  @Test
  void everyTableStandsInThePictureAndNoneOnAnother()
      throws ParserConfigurationException, IOException, SAXException {
    for (String feature : WHOLE.features()) {
      boxes(SvgDrawing.of(WHOLE.of(feature), WHOLE, true), WHOLE.of(feature));
    }
    boxes(SvgDrawing.of(WHOLE, WHOLE, false), WHOLE);
  }

  private record Box(double x, double y, double width, double height) {
    boolean overlaps(Box other) {
      return x < other.x + other.width
          && other.x < x + width
          && y < other.y + other.height
          && other.y < y + height;
    }
  }

  private static void boxes(String svg, Design design)
      throws ParserConfigurationException, IOException, SAXException {
    Element root =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(svg)))
            .getDocumentElement();
    List<Box> boxes = new ArrayList<>();
    List<String> names = new ArrayList<>();
    NodeList groups = root.getElementsByTagName("g");
    for (int i = 0; i < groups.getLength(); i++) {
      Element rect = (Element) ((Element) groups.item(i)).getElementsByTagName("rect").item(0);
      boxes.add(
          new Box(
              number(rect, "x"), number(rect, "y"), number(rect, "width"), number(rect, "height")));
      names.add(((Element) groups.item(i)).getElementsByTagName("text").item(0).getTextContent());
    }
    assertThat(names).containsAll(design.tables().stream().map(Design.Table::name).toList());
    for (int i = 0; i < boxes.size(); i++) {
      Box box = boxes.get(i);
      assertThat(box.x >= 0 && box.x + box.width <= number(root, "width")).as(names.get(i)).isTrue();
      assertThat(box.y >= 0 && box.y + box.height <= number(root, "height")).as(names.get(i)).isTrue();
      for (int j = 0; j < i; j++) {
        assertThat(box.overlaps(boxes.get(j))).as(names.get(i) + " on " + names.get(j)).isFalse();
      }
    }
  }

  private static double number(Element element, String attribute) {
    return Double.parseDouble(element.getAttribute(attribute));
  }
}
