<#
.SYNOPSIS
Keeps taskfence running: a scheduled task that starts with the host, under SYSTEM, and starts again when it fails.

.DESCRIPTION
Run as Administrator, from the folder of taskfence; again after an update. Logs to C:\ProgramData\Amazon\taskfence,
which only Administrators and SYSTEM may open; what drifted also stands in the event log Application.
#>
[CmdletBinding(SupportsShouldProcess)]
param([string]$DataFolder = 'C:\ProgramData\Amazon\taskfence')
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/Taskfence.psm1", "$PSScriptRoot/Machine.psm1"

if (-not (Test-Administrator)) { throw 'Run this as Administrator.' }
$start = "$PSScriptRoot\Start-Taskfence.ps1"
$program = Get-Program -Folder (Split-Path -Parent $PSScriptRoot)
if (-not $PSCmdlet.ShouldProcess('scheduled task taskfence', "start $($program.Path) with the host")) { return }

Register-EventSource
[void](New-Item -ItemType Directory -Force -Path $DataFolder)
# By number: their names are in the language of the system. S-1-5-32-544 are the Administrators, S-1-5-18 is SYSTEM.
[void](& icacls $DataFolder /inheritance:r /grant '*S-1-5-32-544:(OI)(CI)F' '*S-1-5-18:(OI)(CI)F')
if ($LASTEXITCODE -ne 0) { throw "icacls could not close $DataFolder to others (exit code $LASTEXITCODE)." }

$action = New-ScheduledTaskAction -Execute "$env:SystemRoot\System32\WindowsPowerShell\v1.0\powershell.exe" -Argument "-NoProfile -NonInteractive -File `"$start`" -DataFolder `"$DataFolder`""
$trigger = New-ScheduledTaskTrigger -AtStartup
$principal = New-ScheduledTaskPrincipal -UserId 'S-1-5-18' -LogonType ServiceAccount -RunLevel Highest
$settings = New-ScheduledTaskSettingsSet -RestartCount 999 -RestartInterval ([TimeSpan]::FromMinutes(1)) -ExecutionTimeLimit ([TimeSpan]::Zero) -MultipleInstances IgnoreNew -StartWhenAvailable
[void](Register-ScheduledTask -TaskName taskfence -Description 'Keeps the task credentials of Amazon ECS reachable' -Action $action -Trigger $trigger -Principal $principal -Settings $settings -Force)
# One that runs already is an older one.
Stop-ScheduledTask -TaskName taskfence
Start-ScheduledTask -TaskName taskfence
"taskfence runs, and starts with this host. Log: $DataFolder\taskfence.log"
