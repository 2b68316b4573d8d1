package dev.ledgerstone.compliance;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.db.schema.tables.records.ComplianceReportsRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A report as a page that can be read and printed by itself: no script, nothing from elsewhere. */
final class ReportPage {
  private static final String STYLE =
      """
      body{font:14px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:60rem;color:#1a1a1a}
      h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem;break-after:avoid}
      table{border-collapse:collapse;width:100%}tr{break-inside:avoid}
      th,td{text-align:left;vertical-align:top;padding:.3rem .5rem;border-bottom:1px solid #ddd}
      th{font-weight:600;background:#f5f5f5}.PASS{color:#176b2c}.FAIL{color:#a11212;font-weight:600}
      @media print{body{margin:0;max-width:none}}
      """;

  private final StringBuilder html = new StringBuilder(8192);

  private ReportPage() {}

  static String of(ComplianceReportsRecord report) {
    ReportPage page = new ReportPage();
    page.write(report);
    return page.html.toString();
  }

  private void write(ComplianceReportsRecord report) {
    html.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
    text(report.getTitle());
    html.append("</title><style>").append(STYLE).append("</style></head><body>\n<h1>");
    text(report.getTitle());
    html.append("</h1>\n<p>");
    text(
        report.getFramework()
            + " · "
            + report.getPeriodStart()
            + " to "
            + report.getPeriodEnd()
            + " · made "
            + report.getCompletedAt()
            + (report.getApprovedAt() == null ? "" : " · approved " + report.getApprovedAt()));
    html.append("</p>\n<p><strong>");
    text(String.valueOf(report.getSummary()));
    html.append("</strong></p>\n");
    findings(report.getFindings());
    JsonNode content = report.getContent();
    table("Who changed what", content.path("changes"));
    table("Who touched files", content.path("file_accesses"));
    table("How long rows stay", content.path("retention"));
    table("Runs of retention that failed", content.path("failed_retention_runs"));
    table("Keys", content.path("keys"));
    table("Security events", content.path("security_events"));
    table("Forms filled in", content.path("forms"));
    html.append("<h2>Geography</h2>\n<p>");
    text(content.path("geography").asText());
    html.append("</p>\n</body></html>\n");
  }

  private void findings(JsonNode findings) {
    html.append("<h2>Findings</h2>\n<table><tr><th>Control</th><th>What</th><th>Result</th>");
    html.append("<th>Evidence</th></tr>\n");
    for (JsonNode finding : findings) {
      String result = finding.path("result").asText().equals("PASS") ? "PASS" : "FAIL";
      html.append("<tr><td>");
      text(finding.path("control").asText());
      html.append("</td><td>");
      text(finding.path("title").asText());
      html.append("</td><td class=\"").append(result).append("\">").append(result);
      html.append("</td><td>");
      for (JsonNode line : finding.path("evidence")) {
        text(line.asText());
        html.append("<br>");
      }
      html.append("</td></tr>\n");
    }
    html.append("</table>\n");
  }

  /** Rows of one shape: a column each field of the first. */
  private void table(String title, JsonNode rows) {
    html.append("<h2>");
    text(title);
    html.append("</h2>\n");
    if (rows.isEmpty()) {
      html.append("<p>None.</p>\n");
      return;
    }
    List<String> names = new ArrayList<>();
    rows.path(0).fieldNames().forEachRemaining(names::add);
    html.append("<table><tr>");
    for (String name : names) {
      html.append("<th>");
      text(name.replace('_', ' ').toLowerCase(Locale.ROOT));
      html.append("</th>");
    }
    html.append("</tr>\n");
    for (JsonNode row : rows) {
      html.append("<tr>");
      for (String name : names) {
        html.append("<td>");
        text(row.path(name).isNull() ? "" : row.path(name).asText());
        html.append("</td>");
      }
      html.append("</tr>\n");
    }
    html.append("</table>\n");
  }

  private void text(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '<' -> html.append("&lt;");
        case '>' -> html.append("&gt;");
        case '&' -> html.append("&amp;");
        case '"' -> html.append("&quot;");
        case '\'' -> html.append("&#39;");
        default -> html.append(c);
      }
    }
  }
}
