package dev.ledgerstone.db.design;

import dev.ledgerstone.db.design.Design.Column;
import dev.ledgerstone.db.design.Design.Reference;
import dev.ledgerstone.db.design.Design.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * A design as an SVG picture. Each feature is a panel; in it a table stands to the right of those
 * that it refers to, ordered so that few lines cross (barycentres, Sugiyama and others 1981). Lines
 * run from a column to the table that it refers to; those to another panel are faint. Every table
 * has a tenant, and that is not drawn.
 */
public final class SvgDrawing {
  private static final int ROW = 16;
  private static final int HEAD = 24;
  private static final int GAP = 18;
  private static final int BETWEEN = 90;
  private static final int MARGIN = 28;
  private static final int TITLE = 34;
  private static final double LETTER = 6.7;

  /** A layer is broken into columns when it grows over this. */
  private static final int TALLEST = 1500;

  private static final int WIDEST = 3400;

  /** A table, and where it stands. */
  private static final class Box {
    private final Table table;
    private final List<Column> rows;
    private final boolean isStub;
    private int layer;
    private double x;
    private double y;

    Box(Table table, List<Column> rows, boolean isStub) {
      this.table = table;
      this.rows = rows;
      this.isStub = isStub;
    }

    double width() {
      int letters =
          rows.stream().mapToInt(it -> it.name().length() + it.type().length() + 6).max().orElse(0);
      return Math.max(letters, table.name().length() + 3) * LETTER + 12;
    }

    double height() {
      return HEAD + rows.size() * ROW + (rows.isEmpty() ? 0 : 6);
    }

    double row(String column) {
      for (int i = 0; i < rows.size(); i++) {
        if (rows.get(i).name().equals(column)) {
          return y + HEAD + i * ROW + ROW / 2.0 + 2;
        }
      }
      return y + HEAD / 2.0;
    }
  }

  private final Map<String, Box> boxes = new LinkedHashMap<>();
  private final StringBuilder svg = new StringBuilder();
  private double width;
  private double height;

  private SvgDrawing() {}

  /**
   * Draws a design.
   *
   * @param whole of which it is a part: tables of it that are referred to are drawn by their name
   * @param full whether every column is drawn, or those alone that identify and refer
   */
  public static String of(Design design, Design whole, boolean full) {
    return new SvgDrawing().draw(design, whole, full);
  }

  private String draw(Design design, Design whole, boolean full) {
    Map<String, List<Box>> panels = new LinkedHashMap<>();
    for (Table table : design.tables()) {
      Box box = new Box(table, rows(table, full), false);
      boxes.put(table.name(), box);
      panels.computeIfAbsent(table.feature(), _ -> new ArrayList<>()).add(box);
    }
    if (panels.size() == 1) {
      List<Box> only = panels.values().iterator().next();
      for (String each : strangers(design)) {
        whole
            .table(each)
            .ifPresent(
                it -> {
                  Box stub = new Box(it, List.of(), true);
                  boxes.put(each, stub);
                  only.add(stub);
                });
      }
    }
    place(panels);
    panels.forEach(this::panel);
    boxes.values().stream().filter(it -> !it.isStub).forEach(this::lines);
    boxes.values().forEach(this::box);
    return """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$s %2$s" width="%1$s" height="%2$s" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="11">
        <style>
          .name { font-weight: 600; fill: #fff } .type { fill: #64748b } .key { font-weight: 600 } .title { font: 600 17px system-ui, sans-serif; fill: #334155 }
          path { fill: none; stroke: #64748b; stroke-width: 1.1 } path.far { stroke: #cbd5e1; stroke-width: .8 } path.maybe { stroke-dasharray: 4 3 }
          path:hover { stroke: #dc2626; stroke-width: 2.4 }
        </style>
        <rect width="100%%" height="100%%" fill="#fff"/>
        %3$s</svg>
        """
        .formatted(number(width), number(height), svg);
  }

  private static List<Column> rows(Table table, boolean full) {
    return table.columns().stream()
        .filter(it -> full || table.key().contains(it.name()) || refers(table, it.name()))
        .toList();
  }

  private static boolean refers(Table table, String column) {
    return !column.equals("tenant_id")
        && table.references().anyMatch(it -> it.columns().contains(column));
  }

  private static Set<String> strangers(Design design) {
    return design.tables().stream()
        .flatMap(Table::references)
        .map(Reference::target)
        .filter(it -> !it.equals("tenants") && design.table(it).isEmpty())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Panels from left to right, and below each other where the picture grows too wide. */
  private void place(Map<String, List<Box>> panels) {
    double x = MARGIN;
    double y = MARGIN;
    double below = 0;
    List<List<Box>> byHeight = new ArrayList<>(panels.values());
    byHeight.forEach(SvgDrawing::arrange);
    byHeight.sort(Comparator.comparingDouble((List<Box> it) -> bottom(it)).reversed());
    for (List<Box> panel : byHeight) {
      double wide = right(panel) + 2 * MARGIN;
      if (x > MARGIN && x + wide > WIDEST) {
        x = MARGIN;
        y += below;
        below = 0;
      }
      for (Box box : panel) {
        box.x += x + MARGIN;
        box.y += y + TITLE;
      }
      below = Math.max(below, bottom(panel) - y + MARGIN + GAP);
      x += wide + GAP;
      width = Math.max(width, x + MARGIN);
    }
    height = y + below + MARGIN;
  }

  private static double right(List<Box> panel) {
    return panel.stream().mapToDouble(it -> it.x + it.width()).max().orElse(0);
  }

  private static double bottom(List<Box> panel) {
    return panel.stream().mapToDouble(it -> it.y + it.height()).max().orElse(0);
  }

  /** One panel, from its own corner. */
  private static void arrange(List<Box> panel) {
    Map<String, Box> names = new HashMap<>();
    panel.forEach(it -> names.put(it.table.name(), it));
    Map<Box, List<Box>> parents = new HashMap<>();
    Map<Box, List<Box>> children = new HashMap<>();
    for (Box box : panel) {
      for (Box parent : box.isStub ? List.<Box>of() : parents(box, names)) {
        parents.computeIfAbsent(box, _ -> new ArrayList<>()).add(parent);
        children.computeIfAbsent(parent, _ -> new ArrayList<>()).add(box);
      }
    }
    for (int round = 0; round < panel.size(); round++) { // longest path; a ring ends it
      for (Box box : panel) {
        for (Box parent : parents.getOrDefault(box, List.of())) {
          box.layer = Math.min(Math.max(box.layer, parent.layer + 1), panel.size() - 1);
        }
      }
    }
    List<List<Box>> layers = new ArrayList<>();
    for (Box box : panel) {
      while (layers.size() <= box.layer) {
        layers.add(new ArrayList<>());
      }
      layers.get(box.layer).add(box);
    }
    layers.removeIf(List::isEmpty);
    // Who refers to nobody and whom nobody refers to stands last.
    layers.getFirst().sort(Comparator.comparing(it -> !children.containsKey(it)));
    for (int sweep = 0; sweep < 8; sweep++) {
      Map<Box, Integer> places = new HashMap<>();
      layers.forEach(layer -> layer.forEach(it -> places.put(it, layer.indexOf(it))));
      Map<Box, List<Box>> near = sweep % 2 == 0 ? parents : children;
      for (List<Box> layer : layers) {
        layer.sort(Comparator.comparingDouble(centre(near, places)));
        layer.forEach(it -> places.put(it, layer.indexOf(it)));
      }
    }
    columns(layers);
  }

  private static List<Box> parents(Box box, Map<String, Box> names) {
    return box.table
        .references()
        .map(it -> names.get(it.target()))
        .filter(it -> it != null && !it.equals(box) && !it.table.name().equals("tenants"))
        .map(Objects::requireNonNull)
        .distinct()
        .toList();
  }

  private static ToDoubleFunction<Box> centre(Map<Box, List<Box>> near, Map<Box, Integer> places) {
    return box ->
        near.getOrDefault(box, List.of()).stream()
            .mapToInt(it -> places.getOrDefault(it, 0))
            .average()
            .orElse(places.getOrDefault(box, 0));
  }

  private static void columns(List<List<Box>> layers) {
    double x = 0;
    for (List<Box> layer : layers) {
      double y = 0;
      double widest = 0;
      for (Box box : layer) {
        if (y > 0 && y + box.height() > TALLEST) {
          x += widest + BETWEEN / 2.0;
          y = 0;
          widest = 0;
        }
        box.x = x;
        box.y = y;
        y += box.height() + GAP;
        widest = Math.max(widest, box.width());
      }
      x += widest + BETWEEN;
    }
  }

  private void panel(String feature, List<Box> panel) {
    double x = panel.stream().mapToDouble(it -> it.x).min().orElse(0) - MARGIN / 2.0;
    double y = panel.stream().mapToDouble(it -> it.y).min().orElse(0) - TITLE + 4;
    svg.append(
        "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"10\" fill=\"hsl(%d 45%% 97%%)\" stroke=\"hsl(%d 30%% 85%%)\"/>%n"
            .formatted(
                number(x),
                number(y),
                number(right(panel) - x + MARGIN / 2.0),
                number(bottom(panel) - y + MARGIN / 2.0),
                hue(feature),
                hue(feature)));
    svg.append(
        "<text class=\"title\" x=\"%s\" y=\"%s\">%s</text>%n"
            .formatted(number(x + 12), number(y + 21), feature.isEmpty() ? "tables" : feature));
  }

  private void lines(Box box) {
    box.table
        .references()
        .filter(it -> !it.target().equals("tenants"))
        .forEach(
            it -> {
              Box to = boxes.get(it.target());
              if (to != null) {
                line(box, it, to);
              }
            });
  }

  private void line(Box from, Reference reference, Box to) {
    String column = reference.columns().getLast();
    boolean isFar = !from.table.feature().equals(to.table.feature()) && !to.isStub;
    boolean isMaybe = !from.table.column(column).map(Column::required).orElse(false);
    double fromY = from.row(column);
    double toY = to.y + HEAD / 2.0;
    boolean isLeft = to.x + to.width() < from.x;
    double fromX = isLeft || from.equals(to) ? from.x : from.x + from.width();
    double toX = isLeft ? to.x + to.width() : to.x;
    double bend = isLeft ? Math.max(30, (fromX - toX) / 2) : 40;
    boolean isBehind = !isLeft && to.x <= from.x + from.width(); // above or below: round the left
    fromX = isBehind ? from.x : fromX;
    double outX = isLeft || isBehind ? fromX - bend : fromX + bend;
    double inX = isLeft ? toX + bend : toX - bend;
    svg.append(
        "<path%s d=\"M%s %sC%s %s %s %s %s %s\"><title>%s.%s → %s, on delete %s</title></path>%n"
            .formatted(
                isFar || isMaybe
                    ? " class=\"" + (isFar ? "far " : "") + (isMaybe ? "maybe" : "") + "\""
                    : "",
                number(fromX),
                number(fromY),
                number(outX),
                number(fromY),
                number(inX),
                number(toY),
                number(toX),
                number(toY),
                from.table.name(),
                column,
                to.table.name(),
                reference.onDelete()));
    svg.append(
        "<circle cx=\"%s\" cy=\"%s\" r=\"2.6\" fill=\"#64748b\"/>%n"
            .formatted(number(toX), number(toY)));
  }

  private void box(Box box) {
    int hue = hue(box.table.feature());
    svg.append(
        "<g><title>%s</title><rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"5\" fill=\"#fff\" stroke=\"hsl(%d 40%% 45%%)\"/>%n"
            .formatted(
                escaped(Objects.requireNonNullElse(box.table.comment(), box.table.name())),
                number(box.x),
                number(box.y),
                number(box.width()),
                number(box.height()),
                hue));
    svg.append(
        "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%d\" rx=\"5\" fill=\"hsl(%d 40%% %d%%)\"/><text class=\"name\" x=\"%s\" y=\"%s\">%s</text>%n"
            .formatted(
                number(box.x),
                number(box.y),
                number(box.width()),
                HEAD,
                hue,
                box.isStub ? 65 : 40,
                number(box.x + 8),
                number(box.y + 16),
                box.table.name()));
    for (Column column : box.rows) {
      double y = box.row(column.name()) + 4;
      boolean isKey = box.table.key().contains(column.name());
      svg.append(
          "<text x=\"%s\" y=\"%s\"%s>%s%s</text><text class=\"type\" x=\"%s\" y=\"%s\" text-anchor=\"end\">%s</text>%n"
              .formatted(
                  number(box.x + 8),
                  number(y),
                  isKey ? " class=\"key\"" : "",
                  refers(box.table, column.name()) ? "→ " : isKey ? "# " : "",
                  column.name(),
                  number(box.x + box.width() - 8),
                  number(y),
                  column.type() + (column.required() ? "" : "?")));
    }
    svg.append("</g>\n");
  }

  private static int hue(String feature) {
    return Math.floorMod(feature.hashCode() * 47, 360);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.0f", value);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }
}
