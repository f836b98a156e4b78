<#
.SYNOPSIS
One rule of the Windows firewall lets tasks in to the agent's port 51679.

.DESCRIPTION
Known by its display name, the same as in the set-up that AWS ships.
Answers with one JSON object. Exit code 0: it holds; 2: it does not; 3: could not be told; 1: could not be set.
#>
[CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Test')]
param(
    [Parameter(ParameterSetName = 'Test')][switch]$Test,
    [Parameter(ParameterSetName = 'Set', Mandatory)][switch]$Set
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../Taskfence.psm1"

$displayName = "Allow Inbound Port $AgentPort"

# A rule that is not there is an error of its own kind; any other error is a rule that could not be told.
function Get-AgentRule {
    try { @(Get-NetFirewallRule -ErrorAction Stop -DisplayName $displayName) }
    catch { if ("$($_.CategoryInfo.Category)" -ne 'ObjectNotFound') { throw } }
}

function Test-AgentRule {
    param([Parameter(Mandatory)]$Rule)
    $filter = Get-NetFirewallPortFilter -ErrorAction Stop -AssociatedNetFirewallRule $Rule
    "$($Rule.Enabled)" -eq 'True' -and "$($Rule.Direction)" -eq 'Inbound' -and "$($Rule.Action)" -eq 'Allow' -and
    "$($filter.Protocol)" -eq 'TCP' -and "$($filter.LocalPort)" -eq "$AgentPort"
}

function Find-Rule {
    $rules = @(Get-AgentRule)
    $right = @($rules | Where-Object { Test-AgentRule $_ })
    if ($right.Count -eq 0) {
        $fault = if ($rules.Count -eq 0) { "no rule '$displayName'" } else { "the rule '$displayName' does not let TCP port $AgentPort in" }
        return Format-Finding -Fault $fault
    }
    if ($rules.Count -gt 1) { return Format-Finding -Fault "$($rules.Count) rules '$displayName' where one is enough" }
    Format-Finding -State "'$displayName'"
}

function Repair-Rule {
    $rules = @(Get-AgentRule)
    $kept = @($rules | Where-Object { Test-AgentRule $_ })
    foreach ($rule in $rules) {
        if ($kept.Count -gt 0 -and $rule.Name -eq $kept[0].Name) { continue }
        if (-not $PSCmdlet.ShouldProcess("firewall rule $($rule.Name)", 'remove')) { continue }
        Remove-NetFirewallRule -ErrorAction Stop -Name $rule.Name
        "removed the firewall rule $($rule.Name)"
    }
    if ($kept.Count -gt 0) { return }
    if (-not $PSCmdlet.ShouldProcess("firewall rule '$displayName'", 'add')) { return }
    [void](New-NetFirewallRule -ErrorAction Stop -Name "taskfence-$AgentPort" -DisplayName $displayName -Description 'Task credentials of Amazon ECS, kept by taskfence' -Direction Inbound -Protocol TCP -LocalPort $AgentPort -Action Allow)
    "added the firewall rule taskfence-$AgentPort"
}

$answer = Resolve-Setting -Name firewall -Set:$Set -Find { Find-Rule } -Repair { Repair-Rule }
ConvertTo-Answer $answer
exit (Get-ExitCode $answer -Set:$Set)
