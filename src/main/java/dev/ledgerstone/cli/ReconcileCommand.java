package dev.ledgerstone.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.ledger.Reconciliation;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code reconcile}: the sums proved by the lines. */
@Command(
    name = "reconcile",
    description =
        "Sums all lines of the ledger anew and compares the result with what is stored: costs, usage of"
            + " keys, budgets, events. Works beside a running server; changes nothing.")
final class ReconcileCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Main main;

  @Override
  public Integer call() {
    try (Database database = main.context().current();
        Progress progress = main.progress()) {
      Reconciliation.Report report =
          Reconciliation.run(database, lines -> progress.at(lines + " lines read"));
      progress.clear();
      print(report, main);
      return report.isClean() ? Main.OK : Main.CHECK_FAILED;
    }
  }

  /** Prints a summary, and each difference that was named. */
  static void print(Reconciliation.Report report, Main main) {
    Rows summary =
        Rows.of("checked", "count")
            .add("lines", report.lines())
            .add("lines that were let go", report.gone())
            .add("lines still running", report.pending())
            .add("costs by price", report.costsChecked())
            .add("costs that do not follow", report.costsOpen())
            .add("rows of cost_tracking", report.costRows())
            .add("budget periods", report.periods())
            .add("events", report.events())
            .add("differences", report.differences());
    Rows differences = Rows.of("table", "row", "what", "expected", "found");
    for (Reconciliation.Difference each : report.named()) {
      differences.add(each.table(), each.key(), each.what(), each.expected(), each.found());
    }
    if (main.isJson()) {
      ObjectNode json =
          JsonNodeFactory.instance
              .objectNode()
              .put("lines", report.lines())
              .put("lines_gone", report.gone())
              .put("pending", report.pending())
              .put("costs_checked", report.costsChecked())
              .put("costs_open", report.costsOpen())
              .put("cost_rows", report.costRows())
              .put("periods", report.periods())
              .put("events", report.events())
              .put("differences", report.differences());
      json.set("named", differences.json());
      main.say(json.toString());
      return;
    }
    main.say(summary.table());
    if (!report.isClean()) {
      main.say("");
      main.say(differences.table());
      long more = report.differences() - report.named().size();
      if (more > 0) {
        main.say("and " + more + " more");
      }
    }
  }
}
