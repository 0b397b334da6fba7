/** Column numbers of coding_agent_events that code names; everything else goes by column-sources.ts. */

import { eventColumn } from '../model/event.ts';

export const COLUMN = {
  timestamp: eventColumn('timestamp'),
  eventType: eventColumn('event_type'),
  eventName: eventColumn('event_name'),
  sessionId: eventColumn('session_id'),
  traceId: eventColumn('trace_id'),
  spanId: eventColumn('span_id'),
  parentSpanId: eventColumn('parent_span_id'),
  cwd: eventColumn('cwd'),
  userId: eventColumn('user_id'),
  effort: eventColumn('effort'),
  toolName: eventColumn('tool_name'),
  toolUseId: eventColumn('tool_use_id'),
  mcpServer: eventColumn('mcp_server'),
  mcpTool: eventColumn('mcp_tool'),
  filePath: eventColumn('file_path'),
  command: eventColumn('command'),
  exitCode: eventColumn('exit_code'),
  success: eventColumn('success'),
  durationMs: eventColumn('duration_ms'),
  errorMessage: eventColumn('error_message'),
  decision: eventColumn('decision'),
  decisionSource: eventColumn('decision_source'),
  skillName: eventColumn('skill_name'),
  skillScope: eventColumn('skill_scope'),
  agentName: eventColumn('agent_name'),
  promptText: eventColumn('prompt_text'),
  promptLength: eventColumn('prompt_length'),
  outputSnippet: eventColumn('output_snippet'),
} as const;
