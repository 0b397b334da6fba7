/**
 * Names that the agents use for identifiers, counters, times and enumerations, after their captures and documents. They
 * are interned, so that decoders recognize them by number and the scrubber knows the class without looking at the key. A
 * name that is missing here costs some nanoseconds, nothing else.
 */

export const METADATA_NAMES: readonly string[] = `
  aborted agent.source agent.type agent_path_count anthropic.custom_base_url anthropic.provider api.path
  app_server.api_version app_server.client_name app_server.client_version app_server.connection_id approval_policy
  apps_enabled arguments_length auth.env_codex_api_key_enabled auth.env_codex_api_key_present
  auth.env_openai_api_key_present auth.env_provider_key_present auth.env_refresh_token_url_override_present
  auth.header_attached auth.retry_after_unauthorized auto_compact_token_limit bash_argv0 bash_command_class
  body_length busy_ns cache_creation_1h_tokens cache_creation_5m_tokens catalog_entries catalog_entry_count
  catalog_source category client_request_id code.line.number codex.op codex.request.reasoning_effort
  codex.response.receive_wait_ms codex.tool.phase codex.turn.phase codex.turn.reasoning_effort
  codex.turn.token_usage.cache_write_input_tokens codex.turn.token_usage.cached_input_tokens
  codex.turn.token_usage.input_tokens codex.turn.token_usage.non_cached_input_tokens
  codex.turn.token_usage.output_tokens codex.turn.token_usage.reasoning_output_tokens
  codex.turn.token_usage.total_tokens codex.usage.total_tokens command_name command_path_count command_source
  composer_mode config.legacy_multi_agent_disabled_sources configuration_pending connector_count context_tokens
  context_usage_percent context_window context_window_size cost_usd_micros critical_path_status cursor.api.billable
  cursor.api.correction.kind cursor.cloud_agent.setup.kind cursor.cloud_agent.setup.reason cursor.hook.outcome
  cursor.hook.type cursor.plugin.name cursor.plugin.scope cursor.source_event.id cursor.surface cursor.team.id
  cursor.tool.kind cursor.tool.status cursor.usage_event.id cursor.user.account_id dispatch_to_result_ready_ms
  dynamic_tool_count enabled_via endpoint environment_count environment_id event.kind execution_mode final_model
  final_status first_content_ms from from_mode gen_ai.operation.name gen_ai.provider.name
  gen_ai.response.finish_reasons gen_ai.system has_hooks has_mcp hook.command_outcome hook.display_order
  hook.event_name hook.execution_mode hook.handler_type hook.scope hook.source hook.timeout_sec hook_event
  hook_matcher hook_name hook_source hook_type host.arch host.name host_owned_mcp http.method idle_ns
  image_input_count input_count interaction.sequence interrupted is_async is_background_agent is_built_in
  is_first_compaction is_interrupt is_plugin item.id item_count level llm_request.context local_image_input_count
  loop_count managed_only managed_settings.helper.applied managed_settings.helper.state
  managed_settings.source_behavior managed_settings.sources managed_settings.trigger marketplace.name max_total
  mcp.connector.id mcp.connector.name mcp.server.origin mcp.transport mcp_server_count mcp_server_origin
  mcp_server_scope memory_type mention_type message.id message.uuid message_count messages_to_compact mode
  model_swapped non_blocking notification_type num_blocking num_cancelled num_hooks num_non_blocking_error num_success
  operation original_model os os.type os.version os_version outcome output_length output_line_count output_truncated
  parent.source parent_agent_id phase plugin.name plugin.scope plugin.version plugin_id plugin_id_hash plugins_enabled
  post_tokens pre_tokens precompute_reuse product_sku provider provider_name queued_sends reasoning_summary
  refresh_strategy remote remote_plugin_enabled replace_all response_length response_truncated root.turn.id root_count
  rpc.method rpc.request_id rpc.system rpc.transport safe_mode sampling_request_count sampling_retry_count sandbox
  sandbox_policy sandboxed selected_skill_count server_kind server_name server_scope service.name
  session_init.ephemeral session_init.required_mcp_server_count session_source skill.kind skill_path_count slug source
  span.type speed startup.phase startup.status state status stdout_chars stop_hook_active stop_reason submission.id
  team team.id telemetry.sdk.language telemetry.sdk.name telemetry.sdk.version terminal.type text_input_count
  thread.id thread_id thread_start.dynamic_tool_count tool_count tool_definition_json_bytes tool_name_safe
  tool_namespace tool_origin tool_result_seq tool_source tool_spec_count tool_token_count total_retry_duration_ms
  total_tokens total_tool_uses transport transport_type trigger turn.has_metadata_header type unified_exec_process_id
  user_input_count version wire_api
`
  .trim()
  .split(/\s+/);
