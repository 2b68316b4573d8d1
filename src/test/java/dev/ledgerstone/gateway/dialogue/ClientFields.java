package dev.ledgerstone.gateway.dialogue;

import com.anthropic.models.messages.Base64ImageSource;
import com.anthropic.models.messages.ContentBlockSource;
import com.anthropic.models.messages.DocumentBlockParam;
import com.anthropic.models.messages.ImageBlockParam;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.OutputConfig;
import com.anthropic.models.messages.RedactedThinkingBlockParam;
import com.anthropic.models.messages.SearchResultBlockParam;
import com.anthropic.models.messages.TextBlock;
import com.anthropic.models.messages.TextBlockParam;
import com.anthropic.models.messages.ThinkingBlock;
import com.anthropic.models.messages.ThinkingBlockParam;
import com.anthropic.models.messages.ThinkingConfigEnabled;
import com.anthropic.models.messages.ToolResultBlockParam;
import com.anthropic.models.messages.ToolUseBlock;
import com.anthropic.models.messages.ToolUseBlockParam;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.openai.models.FunctionDefinition;
import com.openai.models.Reasoning;
import com.openai.models.ResponseFormatJsonSchema;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionAssistantMessageParam;
import com.openai.models.chat.completions.ChatCompletionContentPart;
import com.openai.models.chat.completions.ChatCompletionContentPartImage;
import com.openai.models.chat.completions.ChatCompletionContentPartInputAudio;
import com.openai.models.chat.completions.ChatCompletionContentPartText;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessage;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import com.openai.models.chat.completions.ChatCompletionUserMessageParam;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.responses.EasyInputMessage;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseFormatTextJsonSchemaConfig;
import com.openai.models.responses.ResponseFunctionToolCall;
import com.openai.models.responses.ResponseInputFile;
import com.openai.models.responses.ResponseInputImage;
import com.openai.models.responses.ResponseInputItem;
import com.openai.models.responses.ResponseInputText;
import com.openai.models.responses.ResponseReasoningItem;
import com.openai.models.responses.ResponseTextConfig;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The fields that OpenAI's and Anthropic's own clients know of, as their classes name them. */
final class ClientFields {
  private record Known(String side, String path, Class<?> type) {}

  private static final List<Known> ASKED =
      List.of(
          new Known("openai", "", ChatCompletionCreateParams.Body.class),
          new Known("openai", "stream_options", ChatCompletionStreamOptions.class),
          new Known("openai", "messages", ChatCompletionUserMessageParam.class),
          new Known("openai", "messages", ChatCompletionAssistantMessageParam.class),
          new Known("openai", "messages", ChatCompletionToolMessageParam.class),
          new Known("openai", "messages.content", ChatCompletionContentPartText.class),
          new Known(
              "openai",
              "messages.content.image_url",
              ChatCompletionContentPartImage.ImageUrl.class),
          new Known(
              "openai",
              "messages.content.input_audio",
              ChatCompletionContentPartInputAudio.InputAudio.class),
          new Known(
              "openai", "messages.content.file", ChatCompletionContentPart.File.FileObject.class),
          new Known(
              "openai",
              "messages.tool_calls.function",
              ChatCompletionMessageFunctionToolCall.Function.class),
          new Known("openai", "tools.function", FunctionDefinition.class),
          new Known(
              "openai", "response_format.json_schema", ResponseFormatJsonSchema.JsonSchema.class),
          new Known("completions", "", CompletionCreateParams.Body.class),
          new Known("anthropic", "", MessageCreateParams.Body.class),
          new Known("anthropic", "messages.content", TextBlockParam.class),
          new Known("anthropic", "messages.content", ImageBlockParam.class),
          new Known("anthropic", "messages.content", DocumentBlockParam.class),
          new Known("anthropic", "messages.content", SearchResultBlockParam.class),
          new Known("anthropic", "messages.content", ToolUseBlockParam.class),
          new Known("anthropic", "messages.content", ToolResultBlockParam.class),
          new Known("anthropic", "messages.content", ThinkingBlockParam.class),
          new Known("anthropic", "messages.content", RedactedThinkingBlockParam.class),
          new Known("anthropic", "messages.content.source", Base64ImageSource.class),
          new Known("anthropic", "messages.content.source", ContentBlockSource.class),
          new Known("anthropic", "tools", com.anthropic.models.messages.Tool.class),
          new Known("anthropic", "thinking", ThinkingConfigEnabled.class),
          new Known("anthropic", "output_config", OutputConfig.class),
          new Known("responses", "", ResponseCreateParams.Body.class),
          new Known("responses", "stream_options", ResponseCreateParams.StreamOptions.class),
          new Known("responses", "reasoning", Reasoning.class),
          new Known("responses", "text", ResponseTextConfig.class),
          new Known("responses", "text.format", ResponseFormatTextJsonSchemaConfig.class),
          new Known("responses", "tools", FunctionTool.class),
          new Known("responses", "input", EasyInputMessage.class),
          new Known("responses", "input", ResponseFunctionToolCall.class),
          new Known("responses", "input", ResponseInputItem.FunctionCallOutput.class),
          new Known("responses", "input", ResponseReasoningItem.class),
          new Known("responses", "input.content", ResponseInputText.class),
          new Known("responses", "input.content", ResponseInputImage.class),
          new Known("responses", "input.content", ResponseInputFile.class));

  private static final List<Known> ANSWERED =
      List.of(
          new Known("openai", "", ChatCompletion.class),
          new Known("openai", "choices", ChatCompletion.Choice.class),
          new Known("openai", "choices.message", ChatCompletionMessage.class),
          new Known(
              "openai",
              "choices.message.tool_calls.function",
              ChatCompletionMessageFunctionToolCall.Function.class),
          new Known("anthropic", "", Message.class),
          new Known("anthropic", "content", TextBlock.class),
          new Known("anthropic", "content", ToolUseBlock.class),
          new Known("anthropic", "content", ThinkingBlock.class));

  private ClientFields() {}

  /** Of requests, such as {@code openai messages.content.image_url.detail}. */
  static Set<String> asked() {
    return names(ASKED);
  }

  /** Of answers. */
  static Set<String> answered() {
    return names(ANSWERED);
  }

  private static Set<String> names(List<Known> all) {
    Set<String> names = new TreeSet<>();
    for (Known known : all) {
      for (Method method : known.type.getDeclaredMethods()) {
        JsonProperty property = method.getAnnotation(JsonProperty.class);
        // What kind of object it is stands in each row of one of its fields.
        if (property == null
            || property.value().equals("type")
            || property.value().equals("role")) {
          continue;
        }
        String path = known.path.isEmpty() ? "" : known.path + ".";
        names.add(known.side + " " + path + property.value());
      }
    }
    return names;
  }
}
